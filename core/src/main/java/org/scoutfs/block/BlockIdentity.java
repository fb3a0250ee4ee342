package org.scoutfs.block;

import java.lang.foreign.MemorySegment;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.format.Magic;
import org.scoutfs.format.VolumeLayout;

/**
 * Whether a block is what a reference says: the only place where headers are compared (spec 2 section 1.3). The checksum is computed once for
 * each cached object. Safe for all threads.
 */
final class BlockIdentity {
    private final long fsid;
    private final BlockDevice device;

    /** One more than the greatest block number there can be; grows with the device. */
    private volatile long endBlkno;

    BlockIdentity(long fsid, long endBlkno, BlockDevice device) {
        this.fsid = fsid;
        this.endBlkno = endBlkno;
        this.device = device;
    }

    long fsid() {
        return fsid;
    }

    void setEndBlkno(long newEndBlkno) {
        endBlkno = newEndBlkno;
    }

    /** @throws CorruptionException if no block can have this number */
    void checkNumber(long blkno) throws CorruptionException {
        if (blkno >= VolumeLayout.FIRST_META_BLKNO && blkno < endBlkno) {
            return;
        }
        // Another mount may have grown the device; its size tells as much as the super block would.
        long end = Math.max(endBlkno, device.sizeBytes() >>> VolumeLayout.LARGE_BLOCK_SHIFT);
        if (blkno < VolumeLayout.FIRST_META_BLKNO || blkno >= end) {
            throw new CorruptionException("metadata block number " + Long.toUnsignedString(blkno) + " is not within "
                    + VolumeLayout.FIRST_META_BLKNO + ".." + (end - 1));
        }
        endBlkno = end;
    }

    boolean matches(Block block, long seq, int magic) {
        if (!block.isVerified()) {
            MemorySegment data = block.data();
            if (!BlockHeader.crcMatches(data, 0, VolumeLayout.LARGE_BLOCK_SIZE)
                    || BlockHeader.fsid(data, 0) != fsid
                    || BlockHeader.blkno(data, 0) != block.blkno()) {
                return false;
            }
            block.setVerified(BlockHeader.magic(data, 0), BlockHeader.seq(data, 0));
        }
        return block.magic() == magic && block.seq() == seq;
    }

    /** In words, what does not match. */
    String mismatch(Block block, long seq, int magic) {
        BlockHeader header = BlockHeader.read(block.data(), 0);
        String what = "metadata block " + block.blkno() + ": ";
        if (!block.isVerified() && !BlockHeader.crcMatches(block.data(), 0, VolumeLayout.LARGE_BLOCK_SIZE)) {
            return what + "checksum does not match";
        }
        if (header.magic() != magic) {
            return what + "type is " + Magic.name(header.magic()) + ", expected " + Magic.name(magic);
        }
        if (header.fsid() != fsid) {
            return what + "fsid is %016x, expected %016x".formatted(header.fsid(), fsid);
        }
        if (header.seq() != seq) {
            return what + "seq is %016x, the reference says %016x".formatted(header.seq(), seq);
        }
        return what + "says it is block " + Long.toUnsignedString(header.blkno());
    }
}
