package org.scoutfs.app.print;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.format.VolumeLayout;

/** Raw blocks of a metadata device, one buffer reused for small and a fresh one for each large block. */
final class BlockReader {
    private final BlockDevice device;
    private final Arena arena;

    BlockReader(BlockDevice device, Arena arena) {
        this.device = device;
        this.arena = arena;
    }

    MemorySegment small(long blkno) throws IOException {
        MemorySegment block = arena.allocate(VolumeLayout.SMALL_BLOCK_SIZE, VolumeLayout.SMALL_BLOCK_SIZE);
        device.read(VolumeLayout.smallOffset(blkno), block);
        return block;
    }

    /** A heap copy, so that a walk over a large tree is bounded by the collector and not by the arena. */
    MemorySegment large(long blkno) throws IOException {
        MemorySegment block = MemorySegment.ofArray(new byte[VolumeLayout.LARGE_BLOCK_SIZE]);
        device.read(VolumeLayout.largeOffset(blkno), block);
        return block;
    }

    /** Whether a large block of this number lies on the device. */
    boolean holds(long blkno) {
        return blkno >= VolumeLayout.FIRST_META_BLKNO
                && Long.compareUnsigned(blkno, device.sizeBytes() >>> VolumeLayout.LARGE_BLOCK_SHIFT) < 0;
    }
}
