package org.scoutfs.app.mkfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.format.MkfsImage;
import org.scoutfs.format.MkfsParameters;
import org.scoutfs.format.MkfsParameters.QuorumSlot;
import org.scoutfs.format.Timespec;
import org.scoutfs.host.Host;
import org.scoutfs.host.HostRandom;
import org.scoutfs.host.WallTime;

/** Makes the parameters of a new volume, with ids of its own, and writes it. */
public final class NewVolume {
    private NewVolume() {}

    /**
     * @param metaSizeBytes of the metadata device to use
     * @param dataSizeBytes of the data device to use
     * @param zoneBlocks 4 KiB blocks of a data allocation zone, 0 = not set
     */
    public static MkfsParameters parameters(
            long metaSizeBytes, long dataSizeBytes, List<QuorumSlot> slots, long formatVersion, long zoneBlocks) {
        try (Host host = Host.system()) {
            HostRandom random = host.random();
            ByteBuffer uuid = ByteBuffer.allocate(16);
            byte[] bytes = uuid.array();
            random.fill(bytes);
            bytes[6] = (byte) (bytes[6] & 0x0f | 0x40);
            bytes[8] = (byte) (bytes[8] & 0x3f | 0x80);
            WallTime now = host.clock().wallTime();
            return new MkfsParameters(
                    metaSizeBytes,
                    dataSizeBytes,
                    random.nextNonZeroLong(),
                    new UUID(uuid.getLong(0), uuid.getLong(8)),
                    new Timespec(now.seconds(), now.nanos() / 1000 * 1000),
                    formatVersion,
                    slots,
                    zoneBlocks);
        }
    }

    /** Writes all of an empty volume; durable on return. The super blocks go last, each after what it stands for is stable. */
    public static void write(BlockDevice meta, BlockDevice data, MkfsParameters parameters) throws IOException {
        MkfsImage image = MkfsImage.of(parameters);
        for (MkfsImage.Write write : image.blocks()) {
            apply(meta, data, write);
        }
        meta.flush();
        data.flush();
        apply(meta, data, image.dataSuper());
        data.flush();
        apply(meta, data, image.metaSuper());
        meta.flush();
    }

    private static void apply(BlockDevice meta, BlockDevice data, MkfsImage.Write write) throws IOException {
        BlockDevice device = switch (write.device()) {
            case META -> meta;
            case DATA -> data;
        };
        device.write(write.offsetBytes(), write.bytes());
    }
}
