package org.scoutfs.block;

import java.util.ArrayList;
import java.util.List;
import org.scoutfs.format.VolumeLayout;

/**
 * The dirty blocks of one writer in dirtying order: of the client transaction, of the server commit, of one piece of merge or srch
 * work (spec 2 section 1.1).
 *
 * <p>Dirtying excludes {@link BlockCache#writeAll} and {@link BlockCache#forgetAll} of the same writer; the caller sees to it. Several
 * structures with locks of their own may share a writer: in a client transaction data trees, srch file and bloom block do, so blocks
 * may become dirty in several threads at once. The counts may be read by any thread at any time.
 */
public final class BlockWriter {
    /** Each has one pin that belongs to this list. */
    private final ArrayList<Block> blocks = new ArrayList<>();

    private volatile int count;

    /** Number of dirty blocks. */
    public int dirtyCount() {
        return count;
    }

    /** {@link #dirtyCount} in bytes. */
    public long dirtyBytes() {
        return (long) count * VolumeLayout.LARGE_BLOCK_SIZE;
    }

    synchronized void add(Block block) {
        blocks.add(block);
        count = blocks.size();
    }

    synchronized void remove(Block block) {
        blocks.remove(block);
        count = blocks.size();
    }

    List<Block> blocks() {
        return blocks;
    }

    void clear() {
        blocks.clear();
        count = 0;
    }
}
