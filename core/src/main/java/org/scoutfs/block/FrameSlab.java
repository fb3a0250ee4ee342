package org.scoutfs.block;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.VolumeLayout;

/**
 * The memory of the cache: off-heap frames of 64 KiB, taken from the operating system in chunks when first needed.
 *
 * <p>Up to the budget, frames are simply added. Then a frame is won by sweeping: the hand goes round all frames and takes the first
 * whose block is live, has no pins, and was not looked up since the hand last came by (spec 2 section 1.8: no strict order, no list
 * that lookups move things in). When a whole round finds nothing, because blocks are dirty or pinned, chunks are added beyond the
 * budget up to the cap, and {@link #trim} gives them back later. At the cap {@link #take} fails; memory never grows further.
 *
 * <p>One lock, a leaf except that stripes of {@link BlockMap} are taken under it. It is taken once for each miss, never for a hit.
 */
final class FrameSlab implements AutoCloseable {
    static final int FRAME_BYTES = VolumeLayout.LARGE_BLOCK_SIZE;
    static final int CHUNK_FRAMES = 64;

    private static final Logger LOG = System.getLogger("org.scoutfs.block");

    /** Frames that are allocated and freed together. */
    static final class Chunk {
        final Arena arena = Arena.ofShared();
        final Frame[] frames;
        /** Stack of the free ones: the first {@code free} entries. */
        private final Frame[] freeFrames;

        private int free;

        Chunk(int count) {
            frames = new Frame[count];
            freeFrames = new Frame[count];
            MemorySegment memory = arena.allocate((long) count * FRAME_BYTES, BlockDevice.ALIGNMENT);
            for (int i = 0; i < count; i++) {
                frames[i] = new Frame(memory.asSlice((long) i * FRAME_BYTES, FRAME_BYTES), this);
                freeFrames[count - 1 - i] = frames[i];
            }
            free = count;
        }
    }

    private final BlockMap map;
    private final int budgetFrames;
    private final Counter evictions;
    private final Counter skips;
    private final Counter rotations;
    private final Counter failures;

    /** Those within the budget come first. Guarded by this, like everything below. */
    private final List<Chunk> chunks = new ArrayList<>();

    private int maxFrames;

    private int frames;
    private int freeFrames;
    /** The hand of the sweep: next chunk and frame to visit. */
    private int handChunk;

    private int handFrame;
    private boolean closed;

    FrameSlab(BlockMap map, long budgetBytes, long maxBytes, Counters counters) {
        this.map = map;
        budgetFrames = frames(budgetBytes);
        maxFrames = Math.max(budgetFrames, frames(maxBytes));
        evictions = counters.get("block_cache_free");
        skips = counters.get("block_cache_isolate_skip");
        rotations = counters.get("block_cache_isolate_rotate");
        failures = counters.get("block_cache_alloc_failure");
    }

    private static int frames(long bytes) {
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE / 2, bytes / FRAME_BYTES));
    }

    /**
     * A frame with undefined contents and no owner.
     *
     * @throws FsException ENOMEM at the cap
     */
    synchronized Frame take() throws FsException {
        if (closed) {
            throw new FsException(Errno.ENOLINK, "the block cache is closed");
        }
        if (freeFrames == 0 && frames < budgetFrames) {
            addChunk();
        }
        if (freeFrames == 0) {
            Frame swept = sweep();
            if (swept != null) {
                return swept;
            }
        }
        if (freeFrames == 0 && !addChunk()) {
            failures.increment();
            throw new FsException(
                    Errno.ENOMEM,
                    "all " + frames + " frames of the block cache are dirty or pinned, and its limit of " + maxFrames
                            + " frames of 64 KiB does not allow more");
        }
        return takeFree();
    }

    /** Takes the frame of a block that has left the cache and has no pins. */
    synchronized void give(Frame frame) {
        frame.owner = null;
        Chunk chunk = frame.chunk;
        chunk.freeFrames[chunk.free++] = frame;
        freeFrames++;
    }

    /** Gives chunks beyond the budget back to the operating system, as far as their blocks can be evicted. */
    synchronized void trim() {
        while (frames > budgetFrames && !closed) {
            Chunk last = chunks.getLast();
            for (Frame frame : last.frames) {
                Block block = frame.owner;
                if (block != null && block.tryEvict(false)) {
                    map.remove(block);
                    evictions.increment();
                    give(frame);
                }
            }
            if (last.free < last.frames.length) {
                return;
            }
            chunks.removeLast();
            frames -= last.frames.length;
            freeFrames -= last.frames.length;
            last.arena.close();
        }
    }

    /** Visits the blocks that have a frame: those in the cache, and removed ones with pins. */
    synchronized void forEachBlock(Consumer<Block> visitor) {
        for (Chunk chunk : chunks) {
            for (Frame frame : chunk.frames) {
                Block block = frame.owner;
                if (block != null) {
                    visitor.accept(block);
                }
            }
        }
    }

    /** Bytes taken from the operating system now. */
    synchronized long allocatedBytes() {
        return (long) frames * FRAME_BYTES;
    }

    /** Frees all memory. Whoever still uses a block gets an IllegalStateException from its segment, not other bytes. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            chunks.forEach(chunk -> chunk.arena.close());
        }
    }

    /** Some chunk has a free frame. The lowest one is used, so that those beyond the budget drain. */
    private Frame takeFree() {
        for (Chunk chunk : chunks) {
            if (chunk.free > 0) {
                freeFrames--;
                return chunk.freeFrames[--chunk.free];
            }
        }
        throw new IllegalStateException("no free frame although " + freeFrames + " are counted");
    }

    private boolean addChunk() {
        int room = Math.min(maxFrames, frames < budgetFrames ? budgetFrames : maxFrames) - frames;
        int count = Math.min(CHUNK_FRAMES, room);
        if (count <= 0) {
            return false;
        }
        try {
            chunks.add(new Chunk(count));
        } catch (OutOfMemoryError e) {
            // The JVM has a limit of its own for off-heap memory: -XX:MaxDirectMemorySize.
            LOG.log(Level.WARNING, "the block cache cannot grow beyond {0} frames: {1}", frames, e.getMessage());
            maxFrames = frames;
            return false;
        }
        frames += count;
        freeFrames += count;
        return true;
    }

    /** One frame taken from a block nobody uses, or null after every frame was visited twice. */
    private @Nullable Frame sweep() {
        for (int visits = 2 * frames; visits > 0; visits--) {
            if (handFrame >= chunks.get(handChunk % chunks.size()).frames.length) {
                handFrame = 0;
                handChunk = (handChunk + 1) % chunks.size();
            }
            handChunk %= chunks.size();
            Frame frame = chunks.get(handChunk).frames[handFrame++];
            Block block = frame.owner;
            if (block == null) {
                continue;
            }
            if (block.tryEvict(true)) {
                map.remove(block);
                frame.owner = null;
                evictions.increment();
                return frame;
            }
            (block.isPinned() || block.isDirty() ? skips : rotations).increment();
        }
        return null;
    }
}
