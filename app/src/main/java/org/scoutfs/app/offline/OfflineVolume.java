package org.scoutfs.app.offline;

import java.util.ArrayList;
import java.util.List;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.CacheLimits;
import org.scoutfs.block.MetaDevice;
import org.scoutfs.block.QuorumBlockFile;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.QuorumBlock;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.Timespec;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.host.Host;

/** The metadata device of a volume, asked what only the whole of it can say: whether somebody uses it, and how much data it holds. */
final class OfflineVolume implements AutoCloseable {
    private static final long CACHE_BYTES = 16L << 20;

    private final SuperBlock superBlock;
    private final Host host = Host.system();
    private final MetaDevice device;
    private final QuorumBlockFile quorum;
    private final BlockCache blocks;

    /** The device stays the caller's. */
    OfflineVolume(BlockDevice meta, SuperBlock superBlock) {
        this.superBlock = superBlock;
        this.device = new MetaDevice(meta, host, 1);
        this.quorum = new QuorumBlockFile(device, superBlock.fsid());
        this.blocks = new BlockCache(
                device,
                superBlock.fsid(),
                superBlock.totalMetaBlocks(),
                CacheLimits.of(CACHE_BYTES),
                new Counters(),
                new Triggers());
    }

    /**
     * Whether mounts have left it, all of them and in order.
     *
     * @param purpose ends the sentence {@code The filesystem must be fully recovered and cleanly unmounted to ...}
     * @throws FsException EBUSY with a line for each reason
     */
    void requireUnused(String purpose) throws FsException {
        List<String> lines = new ArrayList<>();
        if (!superBlock.mountedClients().isEmpty()) {
            lines.add("meta superblock mounted clients btree is not empty.");
        }
        for (int slot = 0; slot < VolumeLayout.QUORUM_SLOTS; slot++) {
            if (superBlock.quorumConfig().isPresent(slot)) {
                QuorumBlock block = quorum.read(slot);
                if (block.isInUse()) {
                    lines.add("mount in quorum slot " + slot + " could still be running.");
                    lines.add(event("begin", block.event(QuorumBlockEvent.BEGIN)));
                    lines.add(event("end", block.event(QuorumBlockEvent.END)));
                }
            }
        }
        if (!lines.isEmpty()) {
            lines.add("The filesystem must be fully recovered and cleanly unmounted to " + purpose);
            throw new FsException(Errno.EBUSY, String.join(System.lineSeparator(), lines));
        }
    }

    private static String event(String name, QuorumBlock.Event event) {
        Timespec ts = event.ts();
        return "  %5s: write_nr %s timestamp %d.%09d"
                .formatted(name, Long.toUnsignedString(event.writeNr()), ts.seconds(), ts.nanos());
    }

    /** Data blocks that belong to files: all but those that are free for anybody or kept ready for a mount. */
    long usedDataBlocks() throws FsException {
        long[] free = {superBlock.dataAlloc().totalLen()};
        new BtreeReader(blocks)
                .forEach(
                        superBlock.logsRoot(),
                        Keys.logTrees(0, 0),
                        Keys.logTrees(-1, -1),
                        (key, seq, flags, block, offset, length) -> {
                            LogTrees trees = LogTrees.read(block, offset);
                            free[0] += trees.dataAvail().totalLen()
                                    + trees.dataFreed().totalLen();
                            return true;
                        });
        return superBlock.totalDataBlocks() - VolumeLayout.FIRST_DATA_BLKNO - free[0];
    }

    @Override
    public void close() {
        blocks.close();
        device.close();
        host.close();
    }
}
