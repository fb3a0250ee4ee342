package org.scoutfs.srch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.Block;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.StaleCheck;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.FsException;
import org.scoutfs.error.StaleException;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.SrchBlock;
import org.scoutfs.format.SrchEntry;
import org.scoutfs.format.SrchFile;

/**
 * Finds inodes that may have an xattr of a given name hash (spec 2 section 10.5): entries of all srch files that occur an odd number of
 * times. Sees committed entries only. Hashes may collide, so whoever needs certainty looks at the inode.
 *
 * <p>Safe for threads; each search has its own state and takes no locks.
 */
public final class SrchSearch {
    /** Most entries one search remembers. */
    static final int MAX_TRACKED = 1_000_000;

    /** Entries that a search remembers even if only a few are wanted: many of them may be cancelled. */
    static final int MIN_TRACKED = 16_384;

    /** The two roots a search begins from, of one stable super block. */
    public record Roots(BtreeRoot srchRoot, BtreeRoot logsRoot) {}

    /** Asks for the present roots; called once per attempt. */
    @FunctionalInterface
    public interface RootsSource {
        Roots fetch() throws FsException;
    }

    /**
     * Inodes that were found.
     *
     * @param inos ascending, distinct
     * @param complete whether there are no more in the range; else search again from the last one + 1
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
    public record Result(long[] inos, boolean complete) {}

    private final BlockCache cache;
    private final BtreeReader reader;
    private final RootsSource source;
    private final int maxTracked;
    private final Counter searches;
    private final Counter logs;
    private final Counter logBlocks;
    private final Counter sorted;
    private final Counter sortedBlocks;
    private final Counter emptyRetries;
    private final Counter staleReads;

    public SrchSearch(BlockCache cache, BtreeReader reader, RootsSource source, Counters counters) {
        this(cache, reader, source, counters, MAX_TRACKED);
    }

    SrchSearch(BlockCache cache, BtreeReader reader, RootsSource source, Counters counters, int maxTracked) {
        this.cache = cache;
        this.reader = reader;
        this.source = source;
        this.maxTracked = maxTracked;
        this.searches = counters.get("srch_search_xattrs");
        this.logs = counters.get("srch_search_log");
        this.logBlocks = counters.get("srch_search_log_block");
        this.sorted = counters.get("srch_search_sorted");
        this.sortedBlocks = counters.get("srch_search_sorted_block");
        this.emptyRetries = counters.get("srch_search_retry_empty");
        this.staleReads = counters.get("srch_read_stale");
    }

    /**
     * Searches inodes {@code firstIno} to {@code lastIno}. Finds more than {@code wanted} where that costs nothing, and fewer before it is
     * complete if they have several entries.
     *
     * @param wanted how many inodes the caller has use for: a small number saves looking at all entries of a name that many have
     * @throws FsException EIO when two attempts from the same roots meet stale blocks; whatever fetching roots throws
     */
    public Result search(long hash, long firstIno, long lastIno, int wanted) throws FsException {
        searches.increment();
        if (Long.compareUnsigned(firstIno, lastIno) > 0) {
            return new Result(new long[0], true);
        }
        SrchEntry start = new SrchEntry(hash, firstIno, 0);
        SrchEntry end = new SrchEntry(hash, lastIno, -1);
        StaleCheck staleCheck = new StaleCheck();
        int tracked = Math.min(maxTracked, Math.max(wanted, MIN_TRACKED));
        for (; ; ) {
            Roots roots = source.fetch();
            EntryWindow window = new EntryWindow(tracked, end);
            try {
                collect(roots, start, window);
            } catch (StaleException e) {
                staleReads.increment();
                staleCheck.check(e, roots.srchRoot().ref(), roots.logsRoot().ref());
                continue;
            }
            window.finish();
            if (window.size() > 0 || !window.isTruncated()) {
                return new Result(inos(window), !window.isTruncated());
            }
            // All that fitted was cancelled later on.
            emptyRetries.increment();
            start = after(window.bound());
            // where so much was cancelled a small window would look at all files again and again
            tracked = maxTracked;
        }
    }

    private static long[] inos(EntryWindow window) {
        long[] inos = new long[window.size()];
        int count = 0;
        for (int i = 0; i < inos.length; i++) {
            long ino = window.ino(i);
            if (count == 0 || inos[count - 1] != ino) {
                inos[count++] = ino;
            }
        }
        return Arrays.copyOf(inos, count);
    }

    /** The entry that follows one that is not the greatest of its hash. */
    private static SrchEntry after(SrchEntry entry) {
        return entry.id() == -1
                ? new SrchEntry(entry.hash(), entry.ino() + 1, 0)
                : new SrchEntry(entry.hash(), entry.ino(), entry.id() + 1);
    }

    private void collect(Roots roots, SrchEntry start, EntryWindow window) throws FsException {
        for (SrchFile file : files(roots.srchRoot(), Keys.srchSorted(0, 0), Keys.srchSorted(-1, -1))) {
            if (overlaps(file.first(), file.last(), start, window)) {
                sorted.increment();
                collectSorted(file, start, window);
            }
        }
        for (SrchFile file : files(roots.srchRoot(), Keys.srchLog(0), Keys.srchLog(-1))) {
            collectLog(file, start, window);
        }
        for (SrchFile file : openLogs(roots.logsRoot())) {
            collectLog(file, start, window);
        }
    }

    private List<SrchFile> files(BtreeRoot root, Key from, Key to) throws FsException {
        List<SrchFile> files = new ArrayList<>();
        if (!root.isEmpty()) {
            reader.forEach(root, from, to, (key, seq, flags, block, offset, length) -> {
                SrchItems.checkLength(key, length, SrchFile.SIZE);
                files.add(SrchFile.read(block, offset));
                return true;
            });
        }
        return files;
    }

    private List<SrchFile> openLogs(BtreeRoot root) throws FsException {
        List<SrchFile> files = new ArrayList<>();
        if (!root.isEmpty()) {
            reader.forEach(
                    root, Keys.logTrees(0, 0), Keys.logTrees(-1, -1), (key, seq, flags, block, offset, length) -> {
                        SrchItems.checkLength(key, length, LogTrees.SIZE);
                        SrchFile file = LogTrees.read(block, offset).srchFile();
                        if (!file.isEmpty()) {
                            files.add(file);
                        }
                        return true;
                    });
        }
        return files;
    }

    /**
     * The bounds of a log file of several leaves are not trusted: other writers leave out the entry that opens each leaf, so they can be
     * too narrow. Those of a leaf are.
     */
    private void collectLog(SrchFile file, SrchEntry start, EntryWindow window) throws FsException {
        if (file.blocks() == 1 && !overlaps(file.first(), file.last(), start, window)) {
            return;
        }
        logs.increment();
        for (long leaf = 0; leaf < file.blocks(); leaf++) {
            try (Block block = SrchRadix.readLeaf(cache, file, leaf, true)) {
                logBlocks.increment();
                SrchEntry first = SrchBlock.first(block.data(), 0);
                SrchEntry last = SrchBlock.last(block.data(), 0);
                if (SrchBlock.entryNr(block.data(), 0) == 0 || !overlaps(first, last, start, window)) {
                    continue;
                }
            }
            try (SrchCursor cursor = new SrchCursor(cache, file, leaf, 0)) {
                collectLeaf(cursor, leaf, start, window);
            }
        }
    }

    private static void collectLeaf(SrchCursor cursor, long leaf, SrchEntry start, EntryWindow window)
            throws FsException {
        for (SrchEntry entry; (entry = cursor.peek()) != null && cursor.blk() == leaf; cursor.advance()) {
            if (entry.compareTo(start) >= 0) {
                window.add(entry);
            }
        }
    }

    private void collectSorted(SrchFile file, SrchEntry start, EntryWindow window) throws FsException {
        long leaf = firstLeafReaching(file, start);
        if (leaf == file.blocks()) {
            return;
        }
        long counted = -1;
        try (SrchCursor cursor = new SrchCursor(cache, file, leaf, 0)) {
            for (SrchEntry entry; (entry = cursor.peek()) != null; cursor.advance()) {
                if (cursor.blk() != counted) {
                    counted = cursor.blk();
                    sortedBlocks.increment();
                }
                if (entry.compareTo(window.bound()) > 0) {
                    return;
                }
                if (entry.compareTo(start) >= 0) {
                    window.add(entry);
                }
            }
        }
    }

    /** Number of the first leaf of a sorted file whose last entry is not below {@code start}, {@code blocks} if there is none. */
    private long firstLeafReaching(SrchFile file, SrchEntry start) throws FsException {
        long low = 0;
        long high = file.blocks();
        while (low < high) {
            long middle = (low + high) >>> 1;
            SrchEntry last = lastOf(file, middle);
            // Only the last leaf can be empty, and nothing is behind it.
            if (last == null || last.compareTo(start) >= 0) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private @Nullable SrchEntry lastOf(SrchFile file, long leaf) throws FsException {
        try (Block block = SrchRadix.readLeaf(cache, file, leaf, false)) {
            sortedBlocks.increment();
            return SrchBlock.entryNr(block.data(), 0) == 0 ? null : SrchBlock.last(block.data(), 0);
        }
    }

    private static boolean overlaps(SrchEntry first, SrchEntry last, SrchEntry start, EntryWindow window) {
        return first.compareTo(window.bound()) <= 0 && last.compareTo(start) >= 0;
    }
}
