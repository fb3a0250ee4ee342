package org.scoutfs.server;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.Block;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.MetaDevice;
import org.scoutfs.block.SuperBlockFile;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocExtentRoot;
import org.scoutfs.format.AllocListBlock;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.DataExtentValue;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;
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
import org.scoutfs.format.SrchParent;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.TotlValue;
import org.scoutfs.format.Types;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.format.Zones;
import org.scoutfs.host.Host;

/**
 * The state of a volume reachable from its super block: fails unless every metadata number and every data block is in exactly one place (spec
 * 1 section 17.7, spec 2 section 12) and the merge items agree with each other.
 */
final class VolumeCheck {
    final SuperBlock superBlock;
    final List<LogTrees> logTrees = new ArrayList<>();
    final List<LogMergeRange> ranges = new ArrayList<>();
    final List<LogMergeRequest> requests = new ArrayList<>();
    final List<LogMergeComplete> completes = new ArrayList<>();
    final List<LogMergeFreeing> freeing = new ArrayList<>();
    final List<Long> mounts = new ArrayList<>();
    final List<SrchCompact> compactions = new ArrayList<>();

    @Nullable
    LogMergeStatus status;
    /** Items of fs_root and all log trees, newest seq first, without deletions. */
    final NavigableMap<Key, byte[]> items = new TreeMap<>();

    /** Sums of all deltas; right while no merge is under way. */
    final NavigableMap<Key, TotlValue> totals = new TreeMap<>();

    private final BlockCache cache;
    private final BtreeReader reader;
    private final Map<Long, String> meta = new HashMap<>();
    private final NavigableMap<Long, Long> metaFree = new TreeMap<>();
    private final NavigableMap<Long, Long> dataFree = new TreeMap<>();
    private long listed;
    private final Map<Key, BtreeItem> newest = new HashMap<>();

    private VolumeCheck(SuperBlock superBlock, BlockCache cache) {
        this.superBlock = superBlock;
        this.cache = cache;
        this.reader = new BtreeReader(cache);
    }

    /** Checks a device that nobody writes. */
    static VolumeCheck of(BlockDevice image) throws FsException {
        try (Host host = Host.system();
                MetaDevice device = new MetaDevice(image, host, 1)) {
            SuperBlock found = new SuperBlockFile(device).read();
            try (BlockCache cache = new BlockCache(
                    device, found.fsid(), found.totalMetaBlocks(), ServerRig.LIMITS, new Counters(), new Triggers())) {
                VolumeCheck check = new VolumeCheck(found, cache);
                check.run();
                return check;
            }
        }
    }

    /** Fails if a metadata number is nowhere. */
    VolumeCheck withoutLeaks() {
        List<Long> lost = leaks();
        if (!lost.isEmpty()) {
            throw new AssertionError(lost.size() + " metadata blocks are nowhere: " + lost);
        }
        return this;
    }

    /** Numbers of metadata blocks that are not free. */
    Set<Long> usedMeta() {
        return Set.copyOf(meta.keySet());
    }

    /** Metadata numbers that are nowhere. */
    List<Long> leaks() {
        List<Long> lost = new ArrayList<>();
        long free = metaFree.values().stream().mapToLong(Long::longValue).sum();
        long expected = superBlock.totalMetaBlocks() - VolumeLayout.FIRST_META_BLKNO;
        if (meta.size() + free != expected) {
            for (long blkno = VolumeLayout.FIRST_META_BLKNO; blkno < superBlock.totalMetaBlocks(); blkno++) {
                Map.Entry<Long, Long> extent = metaFree.floorEntry(blkno);
                boolean isFree = extent != null && blkno < extent.getKey() + extent.getValue();
                if (!isFree && !meta.containsKey(blkno)) {
                    lost.add(blkno);
                }
            }
        }
        return lost;
    }

    /** Metadata blocks that are free: in extents and lists. */
    long freeMeta() {
        long extents = metaFree.values().stream().mapToLong(Long::longValue).sum();
        return extents + listed;
    }

    private void run() throws FsException {
        for (int i = 0; i < 2; i++) {
            list("server_meta_avail " + i, superBlock.serverMetaAvail(i));
            list("server_meta_freed " + i, superBlock.serverMetaFreed(i));
            extents("meta_alloc " + i, superBlock.metaAlloc(i), metaFree);
        }
        extents("data_alloc", superBlock.dataAlloc(), dataFree);
        tree("fs_root", superBlock.fsRoot(), Key.ZERO);
        tree("logs_root", superBlock.logsRoot(), Key.ZERO);
        tree("log_merge", superBlock.logMerge(), Key.ZERO);
        tree("mounted_clients", superBlock.mountedClients(), Key.ZERO);
        tree("srch_root", superBlock.srchRoot(), Key.ZERO);
        readItems(superBlock.fsRoot());
        reader.forEach(superBlock.logsRoot(), Key.ZERO, Key.MAX, (key, seq, flags, block, off, len) -> {
            logTrees.add(LogTrees.read(block, off));
            return true;
        });
        reader.forEach(superBlock.mountedClients(), Key.ZERO, Key.MAX, (key, seq, flags, block, off, len) -> {
            MountedClient.read(block, off);
            mounts.add(key.first());
            return true;
        });
        reader.forEach(superBlock.logMerge(), Key.ZERO, Key.MAX, (key, seq, flags, block, off, len) -> {
            switch (key.zone()) {
                case Zones.LOG_MERGE_STATUS -> status = LogMergeStatus.read(block, off);
                case Zones.LOG_MERGE_RANGE -> ranges.add(LogMergeRange.read(block, off));
                case Zones.LOG_MERGE_REQUEST -> requests.add(LogMergeRequest.read(block, off));
                case Zones.LOG_MERGE_COMPLETE -> completes.add(LogMergeComplete.read(block, off));
                case Zones.LOG_MERGE_FREEING -> freeing.add(LogMergeFreeing.read(block, off));
                default -> throw new AssertionError("log_merge item " + key);
            }
            return true;
        });
        for (LogTrees trees : logTrees) {
            logTrees(trees);
        }
        for (LogMergeRequest request : requests) {
            list("request " + request.seq(), request.metaAvail());
            list("request " + request.seq() + " freed", request.metaFreed());
        }
        for (LogMergeFreeing item : freeing) {
            tree("freeing " + item.seq(), item.root(), item.key());
        }
        for (LogMergeComplete complete : completes) {
            completion(complete);
        }
        srch();
        merge();
        newest.values().stream()
                .filter(item -> !item.isDeletion())
                .forEach(item -> items.put(item.key(), item.value()));
        noOverlap("metadata", metaFree);
        noOverlap("data", dataFree);
        for (Map.Entry<Long, String> used : meta.entrySet()) {
            Map.Entry<Long, Long> extent = metaFree.floorEntry(used.getKey());
            if (extent != null && used.getKey() < extent.getKey() + extent.getValue()) {
                throw new AssertionError("block " + used.getKey() + " of " + used.getValue() + " is free");
            }
        }
        long data = dataFree.values().stream().mapToLong(Long::longValue).sum();
        for (Map.Entry<Key, byte[]> item : items.entrySet()) {
            Key key = item.getKey();
            if (key.zone() == Zones.FS && key.type() == Types.DATA_EXTENT) {
                DataExtentValue extent = DataExtentValue.read(MemorySegment.ofArray(item.getValue()), 0);
                data += extent.blkno() == 0 ? 0 : key.third();
            }
        }
        if (data != superBlock.totalDataBlocks() - VolumeLayout.FIRST_DATA_BLKNO) {
            throw new AssertionError("data blocks: " + data + " of " + superBlock.totalDataBlocks());
        }
    }

    private void logTrees(LogTrees trees) throws FsException {
        String name = "log tree " + Long.toHexString(trees.rid()) + "/" + trees.nr();
        list(name + " meta_avail", trees.metaAvail());
        list(name + " meta_freed", trees.metaFreed());
        extents(name + " data_avail", trees.dataAvail(), dataFree);
        extents(name + " data_freed", trees.dataFreed(), dataFree);
        tree(name + " items", trees.itemRoot(), Key.ZERO);
        if (!trees.bloomRef().isZero()) {
            try (Block block = cache.read(trees.bloomRef(), Magic.BLOOM)) {
                use(name + " bloom", block.blkno());
            }
        }
        srchFile(name + " srch", trees.srchFile(), 0, 0);
        readItems(trees.itemRoot());
    }

    private void readItems(BtreeRoot root) throws FsException {
        reader.forEach(root, Key.ZERO, Key.MAX, (key, seq, flags, block, off, len) -> {
            BtreeItem item = new BtreeItem(key, seq, flags, Le.bytes(block, off, len));
            if (key.zone() == Zones.XATTR_TOTL) {
                totals.merge(
                        key,
                        TotlValue.read(block, off),
                        (a, b) -> new TotlValue(a.total() + b.total(), a.count() + b.count()));
                return true;
            }
            newest.merge(key, item, (a, b) -> Long.compareUnsigned(b.seq(), a.seq()) > 0 ? b : a);
            return true;
        });
    }

    private void completion(LogMergeComplete complete) throws FsException {
        String name = "completion " + complete.seq();
        if (complete.metaAvail().ref().isZero() && complete.metaFreed().ref().isZero()) {
            return;
        }
        list(name + " avail", complete.metaAvail());
        // Blocks of the old subtree are still fs_root's, those of the new one are nobody else's.
        AllocListHead freed = complete.metaFreed();
        for (long blkno : numbers(name + " freed", freed)) {
            if (!"fs_root".equals(meta.get(blkno))) {
                use(name + " freed", blkno);
            }
        }
        newBlocks(name, complete.root().ref(), complete.root().height() - 1);
    }

    private void newBlocks(String name, BlockReference ref, int level) throws FsException {
        if (ref.isZero() || "fs_root".equals(meta.get(ref.blkno()))) {
            return;
        }
        use(name, ref.blkno());
        if (level > 0) {
            for (Child child : children(ref, level)) {
                newBlocks(name, child.ref, level - 1);
            }
        }
    }

    private void merge() {
        if (status == null) {
            if (!ranges.isEmpty() || !requests.isEmpty() || !completes.isEmpty()) {
                throw new AssertionError("merge items without a status");
            }
            return;
        }
        if (status.nrRequests() != requests.size() || status.nrComplete() < completes.size()) {
            throw new AssertionError(status + ", " + requests.size() + " requests, " + completes.size() + " complete");
        }
        List<LogMergeRange> covered = new ArrayList<>(ranges);
        requests.forEach(request -> covered.add(new LogMergeRange(request.start(), request.end())));
        covered.sort((a, b) -> a.start().compareTo(b.start()));
        for (int i = 1; i < covered.size(); i++) {
            if (covered.get(i).start().compareTo(covered.get(i - 1).end()) <= 0) {
                throw new AssertionError("ranges overlap: " + covered.get(i - 1) + " " + covered.get(i));
            }
        }
    }

    private void srch() throws FsException {
        List<BtreeItem> all = new ArrayList<>();
        reader.forEach(superBlock.srchRoot(), Key.ZERO, Key.MAX, (key, seq, flags, block, off, len) -> {
            all.add(new BtreeItem(key, seq, flags, Le.bytes(block, off, len)));
            return true;
        });
        for (BtreeItem item : all) {
            var seg = MemorySegment.ofArray(item.value());
            String name = "srch " + item.key();
            if (item.key().type() == Types.SRCH_LOG || item.key().type() == Types.SRCH_SORTED) {
                srchFile(name, SrchFile.read(seg, 0), 0, 0);
                continue;
            }
            SrchCompact compact = SrchCompact.read(seg, 0);
            compactions.add(compact);
            list(name + " avail", compact.metaAvail());
            list(name + " freed", compact.metaFreed());
            if (!compact.has(SrchCompact.FLAG_DELETE)) {
                srchFile(name + " out", compact.out(), 0, 0);
                continue;
            }
            for (SrchCompactInput input : compact.in().subList(0, compact.nr())) {
                if (input.pos() <= input.file().height()) {
                    srchFile(name + " in", input.file(), (int) Math.max(input.pos(), 1), input.blk());
                }
            }
        }
    }

    /** Blocks of a file; below {@code level - 1}, and at it before leaf {@code blk}, they are gone. */
    private void srchFile(String name, SrchFile file, int level, long blk) throws FsException {
        if (!file.ref().isZero()) {
            srchBlocks(name, file.ref(), file.height() - 1, 0, level, blk);
        }
    }

    private void srchBlocks(String name, BlockReference ref, int at, long firstLeaf, int level, long blk)
            throws FsException {
        if (at < level - 1 || (at == level - 1 && firstLeaf < blk)) {
            return;
        }
        use(name, ref.blkno());
        if (at == 0 || (level > 0 && at == level - 1)) {
            return;
        }
        long leaves = 1;
        for (int i = 1; i < at; i++) {
            leaves *= SrchParent.CAPACITY;
        }
        List<BlockReference> refs = new ArrayList<>();
        try (Block block = cache.read(ref, Magic.SRCH_PARENT)) {
            for (int i = 0; i < SrchParent.CAPACITY; i++) {
                refs.add(SrchParent.ref(block.data(), 0, i));
            }
        }
        for (int i = 0; i < refs.size(); i++) {
            if (!refs.get(i).isZero()) {
                srchBlocks(name, refs.get(i), at - 1, firstLeaf + i * leaves, level, blk);
            }
        }
    }

    private record Child(Key end, BlockReference ref) {}

    /** All blocks of a tree but those entirely below {@code freed}. */
    private void tree(String name, BtreeRoot root, Key freed) throws FsException {
        if (!root.isEmpty()) {
            treeBlock(name, root.ref(), root.height() - 1, freed);
        }
    }

    private void treeBlock(String name, BlockReference ref, int level, Key freed) throws FsException {
        use(name, ref.blkno());
        List<Child> children = children(ref, level);
        if (level > 0 && children.isEmpty()) {
            throw new AssertionError(name + ": parent " + ref + " without children");
        }
        for (Child child : children) {
            if (child.end.compareTo(freed) >= 0) {
                treeBlock(name, child.ref, level - 1, freed);
            }
        }
    }

    private List<Child> children(BlockReference ref, int level) throws FsException {
        List<Child> children = new ArrayList<>();
        try (Block block = cache.read(ref, Magic.BTREE)) {
            if (Le.u8(block.data(), BtreeBlock.LEVEL) != level) {
                throw new AssertionError("btree block " + ref + " is not of level " + level);
            }
            for (int i = 0; level > 0 && i < Le.u16(block.data(), BtreeBlock.NR_ITEMS); i++) {
                int item = BtreeBlock.itemOffset(i);
                int value = Le.u16(block.data(), item + BtreeBlock.ITEM_VAL_OFF);
                children.add(new Child(
                        Key.read(block.data(), item + BtreeBlock.ITEM_KEY), BlockReference.read(block.data(), value)));
            }
        }
        return children;
    }

    private void extents(String name, AllocExtentRoot root, NavigableMap<Long, Long> free) throws FsException {
        tree(name, root.root(), Key.ZERO);
        long[] total = new long[2];
        reader.forEach(root.root(), Key.ZERO, Key.MAX, (key, seq, flags, block, off, len) -> {
            if (key.zone() == Zones.FREE_EXTENT_BLKNO) {
                long length = key.second();
                if (free.put(key.first() - length + 1, length) != null) {
                    throw new AssertionError(name + ": extent " + key + " is twice free");
                }
                total[0] += length;
            } else {
                total[1] += key.third();
            }
            return true;
        });
        if (total[0] != root.totalLen() || total[1] != root.totalLen()) {
            throw new AssertionError(name + ": " + total[0] + " " + total[1] + " of " + root);
        }
    }

    private void list(String name, AllocListHead head) throws FsException {
        listed += head.totalNr();
        for (long blkno : numbers(name, head)) {
            use(name, blkno);
        }
    }

    /** The numbers of a list; its blocks are used by it. */
    private List<Long> numbers(String name, AllocListHead head) throws FsException {
        List<Long> numbers = new ArrayList<>();
        BlockReference ref = head.ref();
        boolean first = true;
        while (!ref.isZero()) {
            try (Block block = cache.read(ref, Magic.ALLOC_LIST)) {
                use(name + " list block", ref.blkno());
                int start = AllocListBlock.start(block.data(), 0);
                int nr = AllocListBlock.nr(block.data(), 0);
                if (first && nr != head.firstNr()) {
                    throw new AssertionError(name + ": first block has " + nr + ", " + head);
                }
                for (int i = 0; i < nr; i++) {
                    numbers.add(AllocListBlock.blkno(block.data(), 0, start + i));
                }
                ref = AllocListBlock.next(block.data(), 0);
                first = false;
            }
        }
        if (numbers.size() != head.totalNr()) {
            throw new AssertionError(name + ": " + numbers.size() + " numbers, " + head);
        }
        return numbers;
    }

    private void use(String name, long blkno) {
        String other = meta.put(blkno, name);
        if (other != null) {
            throw new AssertionError("block " + blkno + " is in " + other + " and in " + name);
        }
    }

    private static void noOverlap(String what, NavigableMap<Long, Long> free) {
        long end = 0;
        for (Map.Entry<Long, Long> extent : free.entrySet()) {
            if (extent.getKey() < end) {
                throw new AssertionError(what + " block " + extent.getKey() + " is twice free");
            }
            end = extent.getKey() + extent.getValue();
        }
    }
}
