package org.scoutfs.item;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.scoutfs.alloc.TestVolume;
import org.scoutfs.block.Block;
import org.scoutfs.block.SuperBlockFile;
import org.scoutfs.block.TestAllocator;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.btree.ItemList;
import org.scoutfs.client.RootsService;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BloomBlock;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Hashes;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogMergeStatus;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.Magic;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.wire.Roots;

/** Real trees on a disk in memory, put together by a test: the fs tree, log trees with bloom blocks, the super block. */
final class TestForest implements RootsService, AutoCloseable {
    final TestVolume volume;
    final SuperBlockFile superBlockFile;
    private final TestAllocator alloc = new TestAllocator(200_000);
    private final TreeMap<Key, LogTrees> logs = new TreeMap<>();
    private BtreeRoot fsRoot = BtreeRoot.EMPTY;
    private BtreeRoot mergeRoot = BtreeRoot.EMPTY;
    private final SuperBlock superBlock = new SuperBlock();

    /** What GET_ROOTS answers before the present roots, one each. */
    final List<Roots> oldRoots = new ArrayList<>();

    int requests;

    TestForest(long seed) throws FsException {
        volume = new TestVolume(seed);
        superBlockFile = new SuperBlockFile(volume.device);
        superBlock.setHeader(new BlockHeader(0, Magic.SUPER, volume.cache.fsid(), 1, 16));
        publish();
    }

    static BtreeItem item(Key key, long seq, byte[] value) {
        return new BtreeItem(key, seq, 0, value);
    }

    static BtreeItem deletion(Key key, long seq) {
        return new BtreeItem(key, seq, BtreeBlock.ITEM_FLAG_DELETION, new byte[0]);
    }

    private BtreeRoot tree(BtreeRoot initial, List<BtreeItem> items) throws FsException {
        BtreeWriter tree = new BtreeWriter(volume.cache, alloc, volume.writer, initial);
        List<BtreeItem> sorted = new ArrayList<>(items);
        sorted.sort((a, b) -> a.key().compareTo(b.key()));
        tree.insertList(ItemList.of(sorted));
        return tree.root();
    }

    /** Adds items to the fs tree. */
    void addToFsTree(List<BtreeItem> items) throws FsException {
        fsRoot = tree(fsRoot, items);
        publish();
    }

    /** Adds a log tree with these items; its bloom block has the bits of their locks. */
    void addLog(long rid, long nr, long finalizeSeq, List<BtreeItem> items) throws FsException {
        BlockReference bloomRef = BlockReference.ZERO;
        try (Block bloom = volume.cache.dirty(alloc, volume.writer, BlockReference.ZERO, Magic.BLOOM)) {
            for (BtreeItem item : items) {
                BloomBlock.add(bloom.data(), 0, Hashes.bloomBits(Keys.lockStart(item.key())));
            }
            bloomRef = bloom.reference();
        }
        addLog(rid, nr, finalizeSeq, items, bloomRef);
    }

    void addLog(long rid, long nr, long finalizeSeq, List<BtreeItem> items, BlockReference bloomRef)
            throws FsException {
        LogTrees log = new LogTrees.Builder()
                .rid(rid)
                .nr(nr)
                .finalizeSeq(finalizeSeq)
                .flags(finalizeSeq == 0 ? 0 : LogTrees.FLAG_FINALIZED)
                .itemRoot(tree(BtreeRoot.EMPTY, items))
                .bloomRef(bloomRef)
                .build();
        logs.put(log.key(), log);
        publish();
    }

    /** Puts what a mount has committed in the place of its log tree. */
    void putLog(LogTrees log) throws FsException {
        logs.put(log.key(), log);
        publish();
    }

    void removeLog(long rid, long nr) throws FsException {
        logs.remove(Keys.logTrees(rid, nr));
        publish();
    }

    /** Starts a merge of what was finalized before {@code inputSeq}; 0 ends it. */
    void setMerge(long inputSeq) throws FsException {
        mergeRoot = inputSeq == 0
                ? BtreeRoot.EMPTY
                : tree(BtreeRoot.EMPTY, List.of(item(Keys.mergeStatus(), 0, statusBytes(inputSeq))));
        publish();
    }

    private static byte[] statusBytes(long inputSeq) {
        byte[] bytes = new byte[LogMergeStatus.SIZE];
        new LogMergeStatus(Key.ZERO, 0, 0, inputSeq).write(MemorySegment.ofArray(bytes), 0);
        return bytes;
    }

    private void publish() throws FsException {
        List<BtreeItem> items = new ArrayList<>();
        for (LogTrees log : logs.values()) {
            byte[] bytes = new byte[LogTrees.SIZE];
            log.write(MemorySegment.ofArray(bytes), 0);
            items.add(item(log.key(), 0, bytes));
        }
        BtreeRoot logsRoot = items.isEmpty() ? BtreeRoot.EMPTY : tree(BtreeRoot.EMPTY, items);
        volume.cache.writeAll(volume.writer);
        superBlock.setFsRoot(fsRoot);
        superBlock.setLogsRoot(logsRoot);
        superBlock.setLogMerge(mergeRoot);
        superBlockFile.write(superBlock);
    }

    Roots roots() {
        return new Roots(superBlock.fsRoot(), superBlock.logsRoot(), BtreeRoot.EMPTY);
    }

    /** The present roots, but the fs tree's block is not what they say. */
    Roots staleRoots() {
        BlockReference ref = fsRoot.ref();
        return new Roots(
                new BtreeRoot(new BlockReference(ref.blkno(), ref.seq() + 1), fsRoot.height()),
                superBlock.logsRoot(),
                BtreeRoot.EMPTY);
    }

    @Override
    public Roots getRoots() {
        requests++;
        return oldRoots.isEmpty() ? roots() : oldRoots.removeFirst();
    }

    @Override
    public void close() {
        volume.close();
    }
}
