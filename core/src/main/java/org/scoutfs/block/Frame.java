package org.scoutfs.block;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** 64 KiB of the slab, aligned for direct I/O. Owned by at most one {@link Block}; lent and taken back by {@link FrameSlab}. */
final class Frame {
    final MemorySegment data;
    final FrameSlab.Chunk chunk;

    /** The block whose bytes these are; null while free or being prepared. The eviction sweep reads it at any time. */
    volatile @Nullable Block owner;

    Frame(MemorySegment data, FrameSlab.Chunk chunk) {
        this.data = data;
        this.chunk = chunk;
    }
}
