package org.scoutfs.block;

import java.lang.foreign.MemorySegment;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.format.Magic;
import org.scoutfs.format.QuorumBlock;
import org.scoutfs.format.VolumeLayout;

/**
 * The blocks of the quorum slots on the metadata device (spec 1 section 7). Everybody reads all of them; a mount writes only that of its
 * own slot, one write at a time.
 */
public final class QuorumBlockFile {
    private final SmallBlocks blocks;
    private final long fsid;

    public QuorumBlockFile(MetaDevice device, long fsid) {
        this.blocks = new SmallBlocks(device);
        this.fsid = fsid;
    }

    /**
     * The block of a slot, 0..14, as on the device now.
     *
     * @throws CorruptionException if checksum, magic, number or fsid are wrong
     * @throws FsException EIO on a device error, ENOLINK after a forced unmount
     */
    public QuorumBlock read(int slot) throws FsException {
        long blkno = blkno(slot);
        MemorySegment block = blocks.read(blkno, Magic.QUORUM);
        if (BlockHeader.fsid(block, 0) != fsid) {
            throw new CorruptionException("quorum block " + blkno
                    + ": fsid is %016x, expected %016x".formatted(BlockHeader.fsid(block, 0), fsid));
        }
        return QuorumBlock.read(block, 0);
    }

    /**
     * Writes the block of the mount's own slot, with the header it must have. On return it is stable.
     *
     * @throws FsException EIO, ENOLINK: the device has the old block, the new one, or on bad storage a torn one
     */
    public void write(int slot, QuorumBlock block) throws FsException {
        long blkno = blkno(slot);
        BlockHeader header = new BlockHeader(0, Magic.QUORUM, fsid, 1, blkno);
        MemorySegment buffer = SmallBlocks.buffer();
        new QuorumBlock(header, block.writeNr(), block.events()).writeBlock(buffer, 0);
        blocks.write(blkno, buffer);
    }

    private static long blkno(int slot) {
        if (slot < 0 || slot >= VolumeLayout.QUORUM_SLOTS) {
            throw new IllegalArgumentException("quorum slot " + slot);
        }
        return VolumeLayout.quorumBlkno(slot);
    }
}
