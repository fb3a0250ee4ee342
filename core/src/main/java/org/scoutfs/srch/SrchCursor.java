package org.scoutfs.srch;

import org.jspecify.annotations.Nullable;
import org.scoutfs.block.Block;
import org.scoutfs.block.BlockCache;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.format.SrchBlock;
import org.scoutfs.format.SrchEntry;
import org.scoutfs.format.SrchEntryCodec;
import org.scoutfs.format.SrchFile;

/**
 * Reads a srch file entry by entry from a position on: leaf number and byte position in its entries (spec 2 section 10.1). A position
 * equal to {@link SrchBlock#SAFE_POS} is the last legal one. One thread; holds a pin on the leaf it stands in.
 */
public final class SrchCursor implements AutoCloseable {
    private final BlockCache cache;
    private final SrchFile file;

    private long blk;
    /** Where {@link #current} begins, if there is one. */
    private int pos;
    /** Where the entry behind {@link #current} begins. */
    private int nextPos;

    private @Nullable Block leaf;
    private @Nullable SrchEntry current;
    private SrchEntry previous = SrchEntry.ZERO;

    /** From the first entry. */
    public SrchCursor(BlockCache cache, SrchFile file) {
        this.cache = cache;
        this.file = file;
    }

    /**
     * From a stored position.
     *
     * @throws CorruptionException if no entry begins there
     */
    public SrchCursor(BlockCache cache, SrchFile file, long blk, long pos) throws FsException {
        this(cache, file);
        this.blk = blk;
        if (Long.compareUnsigned(blk, file.blocks()) >= 0) {
            this.blk = file.blocks();
            return;
        }
        try {
            seek(pos);
        } catch (FsException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** The entry at the position, null at the end. Does not move. */
    public @Nullable SrchEntry peek() throws FsException {
        while (current == null && blk < file.blocks()) {
            Block block = openLeaf();
            if (SrchBlock.entryNr(block.data(), 0) == 0 || nextPos == SrchBlock.entryBytes(block.data(), 0)) {
                skipLeaf();
            } else {
                current = decode(block);
            }
        }
        return current;
    }

    /** Moves behind the entry that {@link #peek} returned. */
    public void advance() {
        SrchEntry entry = current;
        if (entry == null) {
            throw new IllegalStateException("nothing to advance over");
        }
        previous = entry;
        current = null;
    }

    /** Moves to the first entry of the next leaf. */
    public void skipLeaf() {
        close();
        current = null;
        blk++;
    }

    /** Leaf number of the next entry; the number of leaves at the end. */
    public long blk() throws FsException {
        peek();
        return blk;
    }

    /** Byte position of the next entry, 0 at the end. */
    public long pos() throws FsException {
        return peek() == null ? 0 : pos;
    }

    @Override
    public void close() {
        if (leaf != null) {
            leaf.close();
            leaf = null;
        }
    }

    private SrchEntry decode(Block block) throws CorruptionException {
        if (nextPos > SrchBlock.SAFE_POS) {
            throw corrupt(block, "an entry begins at " + nextPos + ", above " + SrchBlock.SAFE_POS);
        }
        long at = (long) SrchBlock.ENTRIES + nextPos;
        int length = SrchEntryCodec.encodedLength(block.data(), at);
        int end = SrchBlock.entryBytes(block.data(), 0);
        if (nextPos + length > end) {
            throw corrupt(
                    block,
                    "the entry at " + nextPos + " ends at " + (nextPos + length) + ", behind entry_bytes " + end);
        }
        pos = nextPos;
        nextPos += length;
        return SrchEntryCodec.decode(block.data(), at, previous);
    }

    /** Entries are differences to the one before, so a position is reached from the start of its leaf. */
    private void seek(long to) throws FsException {
        if (to == 0) {
            return;
        }
        Block block = openLeaf();
        int end = SrchBlock.entryBytes(block.data(), 0);
        while (nextPos < to && nextPos < end) {
            previous = decode(block);
        }
        if (nextPos != to) {
            throw corrupt(block, "no entry begins or ends at position " + Long.toUnsignedString(to));
        }
    }

    private Block openLeaf() throws FsException {
        Block block = leaf;
        if (block == null) {
            block = SrchRadix.readLeaf(cache, file, blk, true);
            leaf = block;
            nextPos = 0;
            previous = SrchEntry.ZERO;
        }
        return block;
    }

    private static CorruptionException corrupt(Block block, String what) {
        return new CorruptionException("srch leaf block " + block.blkno() + ": " + what);
    }
}
