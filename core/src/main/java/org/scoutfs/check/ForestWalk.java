package org.scoutfs.check;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.BlockCache;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.btree.LeafRange;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.LogMergeStatus;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.TotlValue;
import org.scoutfs.format.Zones;

/** All trees of the forest as readers see them: one item a key, in key order (spec 1 section 11). */
final class ForestWalk {
    /** Receives current items. */
    interface Visitor {
        void item(Key key, long seq, byte[] value);
    }

    private enum Bin {
        FS,
        INPUT,
        LOG
    }

    private final BtreeReader reader;
    private final CheckReport report;
    private final PriorityQueue<Source> sources = new PriorityQueue<>(
            Comparator.comparing((Source source) -> source.current().key()).thenComparingInt(source -> source.order));

    ForestWalk(BlockCache cache, CheckReport report) {
        this.reader = new BtreeReader(cache);
        this.report = report;
    }

    void run(BtreeRoot fsRoot, List<LogTrees> logs, @Nullable LogMergeStatus merge, Visitor visitor) {
        int order = 0;
        open(new Source(fsRoot, Bin.FS, order++));
        for (LogTrees log : logs) {
            boolean input =
                    log.isFinalized() && (merge == null || Long.compareUnsigned(log.finalizeSeq(), merge.seq()) < 0);
            open(new Source(log.itemRoot(), input ? Bin.INPUT : Bin.LOG, order++));
        }
        List<Source> same = new ArrayList<>();
        while (!sources.isEmpty()) {
            Key key = sources.element().current().key();
            same.clear();
            while (!sources.isEmpty() && sources.element().current().key().equals(key)) {
                same.add(sources.remove());
            }
            if (key.zone() == Zones.XATTR_TOTL) {
                total(key, same, visitor);
            } else {
                newest(key, same, visitor);
            }
            for (Source source : same) {
                source.advance();
                open(source);
            }
        }
    }

    private void open(Source source) {
        if (source.hasCurrent()) {
            sources.add(source);
        }
    }

    private static void newest(Key key, List<Source> same, Visitor visitor) {
        BtreeItem winner = same.getFirst().current();
        for (Source source : same) {
            if (Long.compareUnsigned(source.current().seq(), winner.seq()) > 0) {
                winner = source.current();
            }
        }
        if ((winner.flags() & BtreeBlock.ITEM_FLAG_DELETION) == 0) {
            visitor.item(key, winner.seq(), winner.value());
        }
    }

    private void total(Key key, List<Source> same, Visitor visitor) {
        TotlValue total = TotlValue.ZERO;
        TotlValue input = TotlValue.ZERO;
        long fsSeq = 0;
        long inputSeq = 0;
        boolean inFs = false;
        for (Source source : same) {
            BtreeItem item = source.current();
            if (item.value().length != TotlValue.SIZE) {
                report.problem("totl item %s has %d bytes", key, item.value().length);
                return;
            }
            TotlValue value = TotlValue.read(MemorySegment.ofArray(item.value()), 0);
            switch (source.bin) {
                case FS -> {
                    inFs = true;
                    fsSeq = item.seq();
                    total = total.plus(value);
                }
                case INPUT -> {
                    input = input.plus(value);
                    inputSeq = Math.max(inputSeq, item.seq());
                }
                case LOG -> total = total.plus(value);
            }
        }
        if (inFs ? Long.compareUnsigned(inputSeq, fsSeq) > 0 : input.count() > 0) {
            total = total.plus(input);
        }
        if (!total.isZero()) {
            byte[] value = new byte[TotlValue.SIZE];
            total.write(MemorySegment.ofArray(value), 0);
            visitor.item(key, fsSeq, value);
        }
    }

    /** One tree, a leaf at a time. */
    private final class Source {
        final BtreeRoot root;
        final Bin bin;
        final int order;
        private final List<BtreeItem> leaf = new ArrayList<>();
        private int at;
        private @Nullable Key from = Key.ZERO;

        Source(BtreeRoot root, Bin bin, int order) {
            this.root = root;
            this.bin = bin;
            this.order = order;
            fill();
        }

        boolean hasCurrent() {
            return at < leaf.size();
        }

        BtreeItem current() {
            return leaf.get(at);
        }

        void advance() {
            at++;
            if (at == leaf.size()) {
                fill();
            }
        }

        private void fill() {
            leaf.clear();
            at = 0;
            Key start = from;
            while (leaf.isEmpty() && start != null) {
                Key key = start;
                try {
                    LeafRange range =
                            reader.readItems(root, key, key, Key.MAX, (itemKey, seq, flags, block, off, len) -> {
                                byte[] value = block.asSlice(off, len).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
                                leaf.add(new BtreeItem(itemKey, seq, flags, value));
                                return true;
                            });
                    start = range.end().equals(Key.MAX) ? null : range.end().increment();
                } catch (FsException e) {
                    report.problem("items from %s on cannot be read: %s", key, e.getMessage());
                    start = null;
                }
            }
            from = start;
        }
    }
}
