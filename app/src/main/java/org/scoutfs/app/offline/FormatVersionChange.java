package org.scoutfs.app.offline;

import java.io.PrintWriter;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.SuperBlock;

/** Raises the format version of a volume: only the two super blocks say it (spec 1 section 15). */
final class FormatVersionChange {
    private FormatVersionChange() {}

    /**
     * Brings both super blocks to {@code version}; stable on return. The data device's goes first. A mount refuses a volume whose devices
     * differ, so that what a crash leaves between the two writes is neither used nor lost: doing it again finishes it.
     *
     * @param out gets the reasons that the reference prints on standard output
     * @return false if nothing was to be done
     * @throws FsException EINVAL for devices that are swapped or of two volumes, EPERM for a lower version, EBUSY while it may be in use
     */
    static boolean apply(BlockDevice meta, BlockDevice data, long version, PrintWriter out) throws FsException {
        SuperBlock metaSuper = OfflineDevices.readSuper("meta", meta);
        SuperBlock dataSuper = OfflineDevices.readSuper("data", data);
        if (metaSuper.formatVersion() == version && dataSuper.formatVersion() == version) {
            out.println("both metadata and data device format version are already " + version + ", nothing to do.");
            return false;
        }
        requirePair(metaSuper, dataSuper, out);
        if (metaSuper.formatVersion() > version || dataSuper.formatVersion() > version) {
            out.println("Downgrade of Meta Format Version: " + metaSuper.formatVersion() + " and Data Format Version: "
                    + dataSuper.formatVersion() + " to Format Version: " + version + " is not allowed");
            throw new FsException(Errno.EPERM);
        }
        try (OfflineVolume volume = new OfflineVolume(meta, metaSuper)) {
            volume.requireUnused("change the format version");
        }
        dataSuper.setFormatVersion(version);
        OfflineDevices.writeSuper(data, dataSuper);
        metaSuper.setFormatVersion(version);
        OfflineDevices.writeSuper(meta, metaSuper);
        return true;
    }

    private static void requirePair(SuperBlock metaSuper, SuperBlock dataSuper, PrintWriter out) throws FsException {
        if (!metaSuper.isMetaDevice()) {
            out.println("device argument #1 is not a meta device (swap arguments?)");
            throw new FsException(Errno.EINVAL);
        }
        if (dataSuper.isMetaDevice()) {
            out.println("device argument #2 is not a data device (swap arguments?)");
            throw new FsException(Errno.EINVAL);
        }
        if (!metaSuper.uuid().equals(dataSuper.uuid()) || metaSuper.fsid() != dataSuper.fsid()) {
            throw new FsException(
                    Errno.EINVAL,
                    "the devices belong to two volumes: uuid is %s on the metadata device, %s on the data device"
                            .formatted(metaSuper.uuid(), dataSuper.uuid()));
        }
    }
}
