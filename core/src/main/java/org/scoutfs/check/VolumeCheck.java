package org.scoutfs.check;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.scoutfs.block.BlockCache;
import org.scoutfs.counter.Counters;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.Magic;
import org.scoutfs.format.QuorumBlock;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.SuperBlockCheck;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.host.Host;

/** Checks a whole volume that nobody has mounted. */
public final class VolumeCheck {
    private static final long CACHE_BYTES = 64L << 20;

    private final Host host;
    private final BlockDevice meta;
    private final BlockDevice data;
    private final CheckReport report = new CheckReport();

    private VolumeCheck(Host host, BlockDevice meta, BlockDevice data) {
        this.host = host;
        this.meta = meta;
        this.data = data;
    }

    /**
     * Reads everything and changes nothing.
     *
     * @throws IOException if a device cannot be read at all; unreadable blocks below the super blocks are problems like others
     */
    public static CheckReport run(Host host, BlockDevice meta, BlockDevice data) throws IOException {
        VolumeCheck check = new VolumeCheck(host, meta, data);
        check.run();
        return check.report;
    }

    private void run() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            SuperBlock superBlock = superBlock(arena, "metadata", meta);
            SuperBlock copy = superBlock(arena, "data", data);
            SuperBlockCheck.pairProblems(superBlock, copy).forEach(report::found);
            if (!report.isClean()) {
                return;
            }
            quorumBlocks(arena, superBlock);
            below(superBlock);
        }
    }

    private SuperBlock superBlock(Arena arena, String role, BlockDevice device) throws IOException {
        MemorySegment block = arena.allocate(VolumeLayout.SMALL_BLOCK_SIZE, VolumeLayout.SMALL_BLOCK_SIZE);
        device.read(VolumeLayout.SUPER_OFFSET, block);
        for (String problem : SuperBlockCheck.problems(block, 0, meta.sizeBytes(), data.sizeBytes())) {
            report.problem("%s device: %s", role, problem);
        }
        long tail = MemorySegment.mismatch(
                block,
                SuperBlock.SIZE,
                VolumeLayout.SMALL_BLOCK_SIZE,
                arena.allocate(VolumeLayout.SMALL_BLOCK_SIZE),
                0,
                VolumeLayout.SMALL_BLOCK_SIZE - SuperBlock.SIZE);
        if (tail >= 0) {
            report.warning("%s device: bytes behind the super block are not zero", role);
        }
        return SuperBlock.read(block, 0);
    }

    private void quorumBlocks(Arena arena, SuperBlock superBlock) throws IOException {
        MemorySegment block = arena.allocate(VolumeLayout.SMALL_BLOCK_SIZE, VolumeLayout.SMALL_BLOCK_SIZE);
        for (int slot = 0; slot < VolumeLayout.QUORUM_SLOTS; slot++) {
            long blkno = VolumeLayout.quorumBlkno(slot);
            meta.read(VolumeLayout.smallOffset(blkno), block);
            BlockHeader header = BlockHeader.read(block, 0);
            boolean valid = header.magic() == Magic.QUORUM
                    && header.fsid() == superBlock.fsid()
                    && header.blkno() == blkno
                    && BlockHeader.crcMatches(block, 0, VolumeLayout.SMALL_BLOCK_SIZE);
            if (!valid) {
                report.problem("quorum block of slot %d is not valid: %s", slot, header);
                continue;
            }
            QuorumBlock quorum = QuorumBlock.read(block, 0);
            java.util.Set<Long> seen = new java.util.HashSet<>();
            for (QuorumBlockEvent kind : QuorumBlockEvent.values()) {
                long nr = quorum.event(kind).writeNr();
                if (Long.compareUnsigned(nr, quorum.writeNr()) > 0 || (nr != 0 && !seen.add(nr))) {
                    report.problem(
                            "quorum block of slot %d: event %s has write_nr %d of %d",
                            slot, kind, nr, quorum.writeNr());
                }
            }
        }
    }

    private void below(SuperBlock superBlock) {
        try (BlockCache cache = new BlockCache(
                meta, superBlock.fsid(), superBlock.totalMetaBlocks(), CACHE_BYTES, host, new Counters())) {
            MetaSpace metaSpace = new MetaSpace(report, superBlock.totalMetaBlocks());
            DataSpace dataSpace = new DataSpace(report, superBlock.totalDataBlocks());
            SrchFilesCheck srch = new SrchFilesCheck(cache, report, metaSpace);
            MetaCheck metaCheck = new MetaCheck(cache, superBlock, report, metaSpace, dataSpace, srch);
            metaCheck.run();
            metaSpace.countLeaks();
            FsCheck fsCheck = new FsCheck(superBlock, report, dataSpace, srch);
            new ForestWalk(cache, report).run(superBlock.fsRoot(), metaCheck.logs, metaCheck.mergeStatus, fsCheck);
            fsCheck.finish(
                    metaCheck.logs.stream().mapToLong(LogTrees::inodeCountDelta).sum());
            dataSpace.verify();
        }
    }
}
