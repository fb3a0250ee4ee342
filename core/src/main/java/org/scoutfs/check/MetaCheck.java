package org.scoutfs.check;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.Block;
import org.scoutfs.block.BlockCache;
import org.scoutfs.btree.BtreeVerifier;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocExtentRoot;
import org.scoutfs.format.AllocListBlock;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeFreeing;
import org.scoutfs.format.LogMergeRange;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.LogMergeStatus;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.Magic;
import org.scoutfs.format.MountedClient;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.SrchCompactInput;
import org.scoutfs.format.SrchFile;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.Types;
import org.scoutfs.format.Zones;

/** Looks at every metadata structure below the super block and claims its blocks. One thread. */
final class MetaCheck {
    private record Completion(LogMergeComplete item, boolean spliced) {}

    private final BlockCache cache;
    private final SuperBlock superBlock;
    private final CheckReport report;
    private final MetaSpace meta;
    private final DataSpace data;
    private final SrchFilesCheck srch;

    final List<LogTrees> logs = new ArrayList<>();

    @Nullable
    LogMergeStatus mergeStatus;

    private long requests;
    private final List<Completion> completions = new ArrayList<>();
    private final Set<Long> fsRootBlocks = new HashSet<>();

    MetaCheck(
            BlockCache cache,
            SuperBlock superBlock,
            CheckReport report,
            MetaSpace meta,
            DataSpace data,
            SrchFilesCheck srch) {
        this.cache = cache;
        this.superBlock = superBlock;
        this.report = report;
        this.meta = meta;
        this.data = data;
        this.srch = srch;
    }

    void run() {
        for (int i = 0; i < 2; i++) {
            extents("meta_alloc[" + i + "]", superBlock.metaAlloc(i), true);
            list("server_meta_avail[" + i + "]", superBlock.serverMetaAvail(i));
            list("server_meta_freed[" + i + "]", superBlock.serverMetaFreed(i));
        }
        extents("data_alloc", superBlock.dataAlloc(), false);
        tree("fs_root", superBlock.fsRoot(), false, new BtreeVerifier.Visitor() {
            @Override
            public boolean block(BlockReference ref, int level, Key end) {
                fsRootBlocks.add(ref.blkno());
                return meta.claim(ref.blkno(), "fs_root");
            }

            @Override
            public void item(Key key, long seq, int flags, MemorySegment block, long off, int len) {
                if (!Zones.isFs(key.zone())) {
                    report.problem("fs_root: item %s of zone %d", key, key.zone());
                }
            }
        });
        items(
                "mounted_clients",
                superBlock.mountedClients(),
                MountedClient.SIZE,
                Zones.MOUNTED_CLIENT,
                (key, value) -> {});
        logTrees();
        logMerge();
        srchRoot();
    }

    /** A sane leaf item's key and value. */
    private interface Items {
        void item(Key key, MemorySegment value);
    }

    private void tree(String name, BtreeRoot root, boolean deletions, BtreeVerifier.Visitor visitor) {
        verifier(name, deletions, visitor).verify(root);
    }

    private BtreeVerifier verifier(String name, boolean deletions, BtreeVerifier.Visitor visitor) {
        return new BtreeVerifier(cache, deletions, visitor, problem -> report.problem("%s: %s", name, problem));
    }

    private void items(String name, BtreeRoot root, int length, int zone, Items items) {
        tree(name, root, false, new BtreeVerifier.Visitor() {
            @Override
            public boolean block(BlockReference ref, int level, Key end) {
                return meta.claim(ref.blkno(), name);
            }

            @Override
            public void item(Key key, long seq, int flags, MemorySegment block, long off, int len) {
                if ((length >= 0 && len != length) || (zone >= 0 && key.zone() != zone)) {
                    report.problem(
                            "%s: item %s has %d bytes, expected zone %d and %d bytes", name, key, len, zone, length);
                    return;
                }
                items.item(key, block.asSlice(off, len));
            }
        });
    }

    // ---- allocators

    void list(String name, AllocListHead head) {
        list(name, head, blkno -> false);
    }

    /** @param free whether an entry is really owned elsewhere for now */
    private void list(String name, AllocListHead head, java.util.function.LongPredicate free) {
        BlockReference ref = head.ref();
        long total = 0;
        int first = 0;
        boolean isFirst = true;
        while (!ref.isZero()) {
            if (!meta.claim(ref.blkno(), name + " list block")) {
                return;
            }
            try (Block block = cache.read(ref, Magic.ALLOC_LIST)) {
                MemorySegment seg = block.data();
                if (!AllocListBlock.isBounded(seg, 0)) {
                    report.problem("%s: list block %d: start and nr are out of bounds", name, ref.blkno());
                    return;
                }
                int nr = AllocListBlock.nr(seg, 0);
                for (int i = 0; i < nr; i++) {
                    long blkno = AllocListBlock.blkno(seg, 0, AllocListBlock.start(seg, 0) + i);
                    if (!free.test(blkno)) {
                        meta.claim(blkno, name + " entry");
                    }
                }
                first = isFirst ? nr : first;
                isFirst = false;
                total += nr;
                ref = AllocListBlock.next(seg, 0);
            } catch (FsException e) {
                report.problem("%s: list block %d: %s", name, ref.blkno(), e.getMessage());
                return;
            }
        }
        if (total != head.totalNr() || first != head.firstNr()) {
            report.problem(
                    "%s: total_nr %d and first_nr %d, the blocks hold %d and %d",
                    name, head.totalNr(), head.firstNr(), total, first);
        }
        if ((head.flags() & ~AllocListHead.FLAG_LOW) != 0) {
            report.problem("%s: unknown flags %x", name, head.flags());
        }
    }

    void extents(String name, AllocExtentRoot root, boolean isMeta) {
        TreeMap<Long, Long> byStart = new TreeMap<>();
        Map<Long, Long> byOrder = new TreeMap<>();
        items(name, root.root(), 0, -1, (key, value) -> {
            if (key.zone() == Zones.FREE_EXTENT_BLKNO) {
                byStart.put(key.first() - key.second() + 1, key.second());
            } else if (key.zone() == Zones.FREE_EXTENT_ORDER) {
                long len = key.third();
                byOrder.put(key.second() - len + 1, len);
                if (~key.first() != AllocExtentRoot.order(len)) {
                    report.problem("%s: extent of %d blocks has order %d", name, len, ~key.first());
                }
            } else {
                report.problem("%s: item %s is no free extent", name, key);
            }
        });
        if (!byStart.equals(byOrder)) {
            report.problem("%s: extents by number and by order differ", name);
        }
        long total = 0;
        long previousEnd = -1;
        for (Map.Entry<Long, Long> extent : byStart.entrySet()) {
            long start = extent.getKey();
            long len = extent.getValue();
            if (start <= previousEnd) {
                report.problem("%s: extent %d+%d touches or overlaps the one before", name, start, len);
            }
            previousEnd = start + len;
            total += len;
            if (isMeta) {
                for (long blkno = start; blkno < start + len && (meta.isBlock(blkno) || blkno == start); blkno++) {
                    meta.claim(blkno, name + " extent");
                }
            } else {
                data.claim(start, len, name);
            }
        }
        if (total != root.totalLen()) {
            report.problem("%s: total_len %d, the extents hold %d", name, root.totalLen(), total);
        }
    }

    // ---- log trees

    private void logTrees() {
        items("logs_root", superBlock.logsRoot(), LogTrees.SIZE, Zones.LOG_TREES, (key, value) -> {
            LogTrees trees = LogTrees.read(value, 0);
            if (trees.rid() != key.first() || trees.nr() != key.second()) {
                report.problem("logs_root: item %s holds rid %x nr %d", key, trees.rid(), trees.nr());
            }
            logs.add(trees);
        });
        for (LogTrees trees : logs) {
            logTrees(trees);
        }
    }

    private void logTrees(LogTrees trees) {
        String name = "log trees %016x.%d ".formatted(trees.rid(), trees.nr());
        for (long seq :
                new long[] {trees.getTransSeq(), trees.commitTransSeq(), trees.finalizeSeq(), trees.maxItemSeq()}) {
            checkSeq(name, seq);
        }
        if (Long.compareUnsigned(trees.getTransSeq(), trees.commitTransSeq()) < 0) {
            report.problem(
                    "%sget_trans_seq %d is less than commit_trans_seq %d",
                    name, trees.getTransSeq(), trees.commitTransSeq());
        }
        list(name + "meta_avail", trees.metaAvail());
        list(name + "meta_freed", trees.metaFreed());
        extents(name + "data_avail", trees.dataAvail(), false);
        extents(name + "data_freed", trees.dataFreed(), false);
        Set<Key> lockStarts = new HashSet<>();
        tree(name + "item_root", trees.itemRoot(), true, new BtreeVerifier.Visitor() {
            @Override
            public boolean block(BlockReference ref, int level, Key end) {
                return meta.claim(ref.blkno(), name + "item_root");
            }

            @Override
            public void item(Key key, long seq, int flags, MemorySegment block, long off, int len) {
                if (!Zones.isFs(key.zone())) {
                    report.problem("%s: item %s of zone %d", name, key, key.zone());
                    return;
                }
                checkSeq(name + key, seq);
                if (Long.compareUnsigned(seq, trees.maxItemSeq()) > 0) {
                    report.problem("%s: item %s has seq %d, above max_item_seq %d", name, key, seq, trees.maxItemSeq());
                }
                lockStarts.add(org.scoutfs.format.Keys.lockStart(key));
            }
        });
        bloom(name, trees, lockStarts);
        srch.file(name + "srch_file", trees.srchFile(), true, true);
    }

    private void bloom(String name, LogTrees trees, Set<Key> lockStarts) {
        BlockReference ref = trees.bloomRef();
        if (ref.isZero()) {
            if (!lockStarts.isEmpty()) {
                report.problem("%shas items and no bloom block", name);
            }
            return;
        }
        if (!meta.claim(ref.blkno(), name + "bloom block")) {
            return;
        }
        try (Block block = cache.read(ref, Magic.BLOOM)) {
            for (Key start : lockStarts) {
                if (!org.scoutfs.format.BloomBlock.contains(
                        block.data(), 0, org.scoutfs.format.Hashes.bloomBits(start))) {
                    report.problem("%sbloom block %d lacks the bits of %s", name, ref.blkno(), start);
                }
            }
        } catch (FsException e) {
            report.problem("%sbloom block %d: %s", name, ref.blkno(), e.getMessage());
        }
    }

    private void checkSeq(String name, long seq) {
        if (Long.compareUnsigned(seq, superBlock.seq()) > 0) {
            report.problem(
                    "%s: seq %s is above the super block's %s",
                    name, Long.toUnsignedString(seq), Long.toUnsignedString(superBlock.seq()));
        }
    }

    // ---- log merge

    private void logMerge() {
        items("log_merge", superBlock.logMerge(), -1, -1, this::logMergeItem);
        LogMergeStatus status = mergeStatus;
        if (status != null) {
            if (status.nrRequests() != requests) {
                report.problem("log_merge: status counts %d requests, there are %d", status.nrRequests(), requests);
            }
            if (status.nrComplete() < completions.size()) {
                report.problem(
                        "log_merge: status counts %d completions, there are %d",
                        status.nrComplete(), completions.size());
            }
        }
        completions.forEach(this::completion);
    }

    private void logMergeItem(Key key, MemorySegment value) {
        int expected = switch (key.zone()) {
            case Zones.LOG_MERGE_STATUS -> LogMergeStatus.SIZE;
            case Zones.LOG_MERGE_RANGE -> LogMergeRange.SIZE;
            case Zones.LOG_MERGE_REQUEST -> LogMergeRequest.SIZE;
            case Zones.LOG_MERGE_COMPLETE -> LogMergeComplete.SIZE;
            case Zones.LOG_MERGE_FREEING -> LogMergeFreeing.SIZE;
            default -> -1;
        };
        if (value.byteSize() != expected) {
            report.problem("log_merge: item %s has %d bytes, expected %d", key, value.byteSize(), expected);
            return;
        }
        switch (key.zone()) {
            case Zones.LOG_MERGE_STATUS -> {
                mergeStatus = LogMergeStatus.read(value, 0);
                checkSeq("log merge status", mergeStatus.seq());
            }
            case Zones.LOG_MERGE_REQUEST -> {
                requests++;
                LogMergeRequest request = LogMergeRequest.read(value, 0);
                checkSeq("log merge request", request.seq());
                list("log merge request meta_avail", request.metaAvail());
                list("log merge request meta_freed", request.metaFreed());
            }
            case Zones.LOG_MERGE_COMPLETE -> {
                LogMergeComplete complete = LogMergeComplete.read(value, 0);
                boolean spliced = complete.metaAvail().ref().isZero()
                        && complete.metaFreed().ref().isZero();
                completions.add(new Completion(complete, spliced));
            }
            case Zones.LOG_MERGE_FREEING -> freeing(LogMergeFreeing.read(value, 0));
            default -> {
                // a range says nothing that could be wrong alone
            }
        }
    }

    /** A completion that is not spliced owns what its tree has and fs_root has not; see spec 1 section 17.7. */
    private void completion(Completion completion) {
        if (completion.spliced()) {
            return;
        }
        LogMergeComplete item = completion.item();
        BtreeVerifier.Visitor claims = new BtreeVerifier.Visitor() {
            @Override
            public boolean block(BlockReference ref, int level, Key end) {
                return fsRootBlocks.contains(ref.blkno()) || meta.claim(ref.blkno(), "log merge completion");
            }
        };
        verifier("log merge completion", false, claims).verifySubtree(item.root());
        list("log merge completion meta_avail", item.metaAvail());
        list("log merge completion meta_freed", item.metaFreed(), fsRootBlocks::contains);
    }

    /** Blocks whose keys are all below the item's key have been freed already. */
    private void freeing(LogMergeFreeing freeing) {
        checkSeq("log merge freeing", freeing.seq());
        tree("log merge freeing", freeing.root(), true, new BtreeVerifier.Visitor() {
            @Override
            public boolean block(BlockReference ref, int level, Key end) {
                boolean freed = end.compareTo(freeing.key()) < 0;
                return !freed && meta.claim(ref.blkno(), "log merge freeing");
            }
        });
    }

    // ---- srch

    private void srchRoot() {
        items("srch_root", superBlock.srchRoot(), -1, Zones.SRCH, (key, value) -> {
            boolean file = key.type() == Types.SRCH_LOG || key.type() == Types.SRCH_SORTED;
            int expected = file ? SrchFile.SIZE : SrchCompact.SIZE;
            if (value.byteSize() != expected) {
                report.problem("srch_root: item %s has %d bytes, expected %d", key, value.byteSize(), expected);
            } else if (file) {
                srch.file("srch file " + key, SrchFile.read(value, 0), key.type() == Types.SRCH_LOG, true);
            } else {
                compaction("srch compaction " + key, SrchCompact.read(value, 0));
            }
        });
    }

    private void compaction(String name, SrchCompact compact) {
        list(name + " meta_avail", compact.metaAvail());
        list(name + " meta_freed", compact.metaFreed());
        if (!compact.has(SrchCompact.FLAG_DELETE)) {
            srch.file(name + " out", compact.out(), false, false);
            return;
        }
        for (int i = 0; i < compact.nr(); i++) {
            SrchCompactInput input = compact.in().get(i);
            srch.partlyDeleted(name + " input " + i, input);
        }
    }
}
