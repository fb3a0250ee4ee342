package org.scoutfs.block;

import java.lang.foreign.MemorySegment;
import org.scoutfs.error.FsException;

/** A block's worth of memory out of the cache's budget, for a short time. Whoever got it from {@link BlockCache#lendScratch} closes it once. */
public final class ScratchBlock implements AutoCloseable {
    private final FrameSlab slab;
    private final Frame frame;

    ScratchBlock(FrameSlab slab) throws FsException {
        this.slab = slab;
        this.frame = slab.take();
    }

    /** 65536 bytes, undefined at first. Not to be used after closing. */
    public MemorySegment data() {
        return frame.data;
    }

    @Override
    public void close() {
        slab.give(frame);
    }
}
