package org.scoutfs.block;

import java.lang.foreign.MemorySegment;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.format.Magic;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.VolumeLayout;

/**
 * The super block on the metadata device: the one write that makes a commit visible (spec 2 section 1.7).
 *
 * <p>Reading is safe for all threads and hosts. Only the leading server writes, one write at a time.
 */
public final class SuperBlockFile {
    private final MetaDevice device;
    private final SmallBlocks blocks;

    public SuperBlockFile(MetaDevice device) {
        this.device = device;
        this.blocks = new SmallBlocks(device);
    }

    /**
     * What is on the device now. A torn read is repeated a few times; versions, sizes and the other device's copy are for the mount to
     * check.
     *
     * @throws CorruptionException if checksum, magic or number are wrong
     * @throws FsException EIO on a device error, ENOLINK after a forced unmount
     */
    public SuperBlock read() throws FsException {
        return SuperBlock.read(blocks.read(VolumeLayout.SUPER_BLKNO, Magic.SUPER), 0);
    }

    /**
     * Makes {@code block} the state of the volume: flushes what this mount wrote before and has not flushed, writes it with its header's
     * seq incremented, and flushes again. On return it is stable and the header of {@code block} is the written one.
     *
     * @throws FsException EIO, ENOLINK: the device has the old block or the new one; {@code block} is unchanged and may be written again
     */
    public void write(SuperBlock block) throws FsException {
        device.flushWrites();
        writeOverStable(block);
    }

    /** As {@link #write}, without the first flush: everything that {@code block} refers to was flushed before. */
    public void writeOverStable(SuperBlock block) throws FsException {
        BlockHeader header = block.header();
        BlockHeader next = new BlockHeader(0, Magic.SUPER, header.fsid(), header.seq() + 1, VolumeLayout.SUPER_BLKNO);
        SuperBlock copy = block.copy();
        copy.setHeader(next);
        MemorySegment buffer = SmallBlocks.buffer();
        copy.writeBlock(buffer, 0);
        blocks.write(VolumeLayout.SUPER_BLKNO, buffer);
        block.setHeader(BlockHeader.read(buffer, 0));
    }
}
