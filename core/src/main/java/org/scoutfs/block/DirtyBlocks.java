package org.scoutfs.block;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.host.HostRandom;

/** Makes the objects that writers change (spec 2 section 1.5). Safe for all threads, each with a writer of its own. */
final class DirtyBlocks {
    private static final Logger LOG = System.getLogger("org.scoutfs.block");

    private final MetaDevice device;
    private final FrameSlab slab;
    private final BlockMap map;
    private final BlockIdentity identity;
    private final HostRandom random;
    private final boolean traceLeaks;

    DirtyBlocks(MetaDevice device, FrameSlab slab, BlockMap map, BlockIdentity identity, boolean traceLeaks) {
        this.device = device;
        this.slab = slab;
        this.map = map;
        this.identity = identity;
        this.random = device.host().random();
        this.traceLeaks = traceLeaks;
    }

    /**
     * A new dirty object. A cached block under the new number is replaced and never changed: a reader with an old reference may hold
     * it, be reading it from the device right now, or look it up a moment later. The first keeps its old bytes, the second ends up with
     * an object of its own whose header does not match, the third finds the new object and another seq (spec 2 section 1.5).
     */
    Block create(
            @Nullable BlockAllocator allocator, long givenBlkno, BlockWriter writer, @Nullable Block old, int magic)
            throws FsException {
        device.checkForced();
        // Before any number changes hands: this is what fails when memory is short.
        Frame frame = slab.take();
        long blkno;
        try {
            blkno = allocator == null ? givenBlkno : exchange(allocator, old);
        } catch (FsException | RuntimeException e) {
            slab.give(frame);
            throw e;
        }
        Block block = new Block(slab, frame, blkno, false, traceLeaks);
        frame.owner = block;
        MemorySegment data = block.data();
        if (old == null) {
            data.fill((byte) 0);
        } else {
            data.copyFrom(old.data());
            block.setChecked(old.checked());
        }
        long seq = random.nextLong();
        new BlockHeader(0, magic, identity.fsid(), seq, blkno).write(data, 0);
        block.setVerified(magic, seq);
        block.setWriter(writer);
        publish(block);
        // The pin that the block was made with goes to the writer, this one to the caller.
        block.pin();
        writer.add(block);
        return block;
    }

    /** A fresh number, with the old block's freed. */
    private long exchange(BlockAllocator allocator, @Nullable Block old) throws FsException {
        long blkno = allocator.allocate();
        try {
            identity.checkNumber(blkno);
            if (old != null) {
                allocator.free(old.blkno());
            }
            return blkno;
        } catch (FsException e) {
            try {
                allocator.free(blkno);
            } catch (FsException lost) {
                LOG.log(Level.WARNING, "metadata block {0} is lost: {1}", blkno, lost.getMessage());
            }
            throw e;
        }
    }

    /** Puts the block in the cache, in place of whatever has its number. */
    private void publish(Block block) throws FsException {
        Block present;
        while ((present = map.putIfAbsent(block)) != null) {
            if (!present.tryPin()) {
                // Whoever took its presence away has not unlinked it yet.
                map.remove(present);
                continue;
            }
            boolean dirty = present.isDirty();
            if (!dirty && present.kill()) {
                map.remove(present);
            }
            present.close();
            if (dirty) {
                block.setWriter(null);
                block.kill();
                block.close();
                throw new CorruptionException("block allocator: number " + block.blkno()
                        + " was handed out although a writer has a dirty block there");
            }
        }
    }
}
