package org.scoutfs.item;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.Block;
import org.scoutfs.block.BlockCache;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.btree.ItemVisitor;
import org.scoutfs.btree.LeafRange;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.error.StaleException;
import org.scoutfs.format.BloomBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Hashes;
import org.scoutfs.format.Key;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.Magic;

/**
 * The fs tree and all log trees as of one stable super block, spec 2 section 6. Every method may throw StaleException: the roots have
 * been outlived. Safe for all threads.
 */
final class ForestTrees {
    private final Reader reader;
    private final BtreeRoot fsRoot;
    private final BtreeRoot logsRoot;

    /** In key order; read when first needed. Two threads may read it twice, with the same result. */
    private volatile @Nullable List<LogTrees> logs;

    /** What all sets of roots of one mount are read with. */
    static final class Reader {
        private final BlockCache blocks;
        private final BtreeReader trees;
        private final Counter bloomPass;
        private final Counter bloomFail;
        private final Counter bloomStale;

        Reader(BlockCache blocks, Counters counters) {
            this.blocks = blocks;
            this.trees = new BtreeReader(blocks);
            this.bloomPass = counters.get("forest_bloom_pass");
            this.bloomFail = counters.get("forest_bloom_fail");
            this.bloomStale = counters.get("forest_bloom_stale");
        }

        BtreeReader trees() {
            return trees;
        }

        /** Whether a log tree can have items of the lock range with these bloom bits. */
        private boolean mayHave(LogTrees log, int[] bits) throws FsException {
            if (log.bloomRef().isZero() || log.itemRoot().isEmpty()) {
                return false;
            }
            try (Block bloom = blocks.read(log.bloomRef(), Magic.BLOOM)) {
                boolean all = BloomBlock.contains(bloom.data(), 0, bits);
                (all ? bloomPass : bloomFail).increment();
                return all;
            } catch (StaleException e) {
                bloomStale.increment();
                throw e;
            }
        }
    }

    /** Receives the items of each tree. */
    @FunctionalInterface
    interface Trees {
        /** @param log null for the fs tree, which is read first; log trees follow in key order */
        ItemVisitor visitor(@Nullable LogTrees log);
    }

    ForestTrees(Reader reader, BtreeRoot fsRoot, BtreeRoot logsRoot) {
        this.reader = reader;
        this.fsRoot = fsRoot;
        this.logsRoot = logsRoot;
    }

    BtreeRoot fsRoot() {
        return fsRoot;
    }

    BtreeRoot logsRoot() {
        return logsRoot;
    }

    /**
     * Reads one leaf of each tree: the one that {@code key} belongs in. Log trees whose bloom filter denies it are left out.
     *
     * @param bloomKey start key of the lock range that covers the key
     * @param within what may be visited
     * @return the part of {@code within} that all leaves cover; items visited outside of it must be dropped
     */
    LeafRange readLeaves(Key key, Key bloomKey, LeafRange within, Trees trees) throws FsException {
        int[] bits = Hashes.bloomBits(bloomKey);
        LeafRange range = reader.trees.readItems(fsRoot, key, within.start(), within.end(), trees.visitor(null));
        for (LogTrees log : logs()) {
            if (reader.mayHave(log, bits)) {
                range = reader.trees.readItems(log.itemRoot(), key, range.start(), range.end(), trees.visitor(log));
            }
        }
        return range;
    }

    /** The least key at or after {@code key} in any tree, deletions included; null if there is none. */
    @Nullable
    Key next(Key key) throws FsException {
        Key least = null;
        BtreeItem found = reader.trees.next(fsRoot, key);
        if (found != null) {
            least = found.key();
        }
        for (LogTrees log : logs()) {
            found = reader.trees.next(log.itemRoot(), key);
            if (found != null && (least == null || found.key().compareTo(least) < 0)) {
                least = found.key();
            }
        }
        return least;
    }

    /** The least key at or after {@code key} in the fs tree; null if there is none. */
    @Nullable
    Key nextMerged(Key key) throws FsException {
        BtreeItem found = reader.trees.next(fsRoot, key);
        return found == null ? null : found.key();
    }

    /** All log trees in key order. */
    List<LogTrees> logs() throws FsException {
        List<LogTrees> known = logs;
        if (known == null) {
            List<LogTrees> read = new ArrayList<>();
            reader.trees.forEach(logsRoot, Key.ZERO, Key.MAX, (key, seq, flags, block, offset, length) -> {
                if (length != LogTrees.SIZE) {
                    throw new CorruptionException(
                            "log trees item " + key + " has " + length + " bytes, expected " + LogTrees.SIZE);
                }
                return read.add(LogTrees.read(block, offset));
            });
            known = List.copyOf(read);
            logs = known;
        }
        return known;
    }
}
