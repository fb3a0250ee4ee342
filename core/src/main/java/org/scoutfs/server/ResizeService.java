package org.scoutfs.server;

import java.util.function.LongSupplier;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.format.wire.ResizeDevices;

/** Takes into use what the devices have grown by (spec 3 section 5.9). Any thread. */
final class ResizeService {
    private final ServerVolume volume;
    private final ServerChanges changes;
    private final LongSupplier metaBytes;
    private final LongSupplier dataBytes;

    /**
     * @param metaBytes size of the metadata device as this host sees it now
     * @param dataBytes size of the data device as this host sees it now
     */
    ResizeService(ServerContext context, LongSupplier metaBytes, LongSupplier dataBytes) {
        this.volume = context.volume();
        this.changes = context.changes();
        this.metaBytes = metaBytes;
        this.dataBytes = dataBytes;
    }

    /**
     * Raises the totals of the volume; 0 leaves one as it is.
     *
     * @throws FsException EINVAL if a total would shrink or be more than its device has
     */
    void resize(ResizeDevices wanted) throws FsException {
        changes.commit(() -> {
            long meta = total(
                    "metadata",
                    wanted.newTotalMetaBlocks(),
                    volume.dirty().totalMetaBlocks(),
                    metaBytes.getAsLong() >>> VolumeLayout.LARGE_BLOCK_SHIFT);
            long data = total(
                    "data",
                    wanted.newTotalDataBlocks(),
                    volume.dirty().totalDataBlocks(),
                    dataBytes.getAsLong() >>> VolumeLayout.SMALL_BLOCK_SHIFT);
            volume.grow(meta, data);
            return true;
        });
    }

    private static long total(String device, long wanted, long present, long possible) throws FsException {
        if (wanted == 0 || wanted == present) {
            return present;
        }
        if (Long.compareUnsigned(wanted, present) < 0 || Long.compareUnsigned(wanted, possible) > 0) {
            throw new FsException(
                    Errno.EINVAL,
                    "cannot resize the %s device to %s blocks: it has %d in use and room for %d"
                            .formatted(device, Long.toUnsignedString(wanted), present, possible));
        }
        return wanted;
    }
}
