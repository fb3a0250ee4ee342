package org.scoutfs.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.scoutfs.alloc.ListAllocator;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.block.MetaDevice;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.BtreeMerge;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.btree.ItemList;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.Zones;

/** A mount that does what the server asks of mounts, with a block cache of its own, one thing at a time. */
final class TestMount implements AutoCloseable {
    final long rid;
    private final ServerRig rig;
    private final MetaDevice device;
    final BlockCache cache;
    /** The open transaction. */
    LogTrees trees = LogTrees.EMPTY;

    private final NavigableMap<Key, byte @Nullable []> dirty = new TreeMap<>();

    TestMount(ServerRig rig, long rid) {
        this.rig = rig;
        this.rid = rid;
        this.device = new MetaDevice(rig.disk.open("mount " + rid), rig.host, 1);
        this.cache = new BlockCache(
                device,
                rig.cache.fsid(),
                rig.volume.stable().totalMetaBlocks(),
                ServerRig.LIMITS,
                rig.counters,
                rig.triggers);
    }

    /** GET_LOG_TREES. */
    LogTrees get() throws FsException {
        trees = rig.logTrees.get(rid);
        return trees;
    }

    /** Changes an item in the open transaction. */
    void put(Key key, byte[] value) {
        dirty.put(key, value);
    }

    /** Deletes an item in the open transaction. */
    void delete(Key key) {
        dirty.put(key, null);
    }

    /** Writes the transaction's blocks; returns what COMMIT_LOG_TREES sends. */
    LogTrees write() throws FsException {
        BlockWriter writer = new BlockWriter();
        ListAllocator alloc = new ListAllocator(cache, writer, rig.counters, trees.metaAvail(), trees.metaFreed());
        BtreeWriter tree = new BtreeWriter(cache, alloc, writer, trees.itemRoot());
        List<BtreeItem> items = items();
        try {
            if (!items.isEmpty()) {
                tree.insertList(ItemList.of(items));
            }
            alloc.prepareCommit();
            cache.writeAll(writer);
        } finally {
            alloc.prepareCommit();
            cache.forgetAll(writer);
        }
        return trees.toBuilder()
                .metaAvail(alloc.avail())
                .metaFreed(alloc.freed())
                .itemRoot(tree.root())
                .maxItemSeq(items.isEmpty() ? trees.maxItemSeq() : trees.getTransSeq())
                .build();
    }

    private List<BtreeItem> items() {
        List<BtreeItem> items = new ArrayList<>();
        for (Map.Entry<Key, byte @Nullable []> change : dirty.entrySet()) {
            byte[] value = change.getValue();
            int flags = value == null ? BtreeBlock.ITEM_FLAG_DELETION : 0;
            items.add(new BtreeItem(change.getKey(), trees.getTransSeq(), flags, value == null ? new byte[0] : value));
        }
        return items;
    }

    /** Commits the open transaction and opens the next one. */
    void sync() throws FsException {
        LogTrees update = write();
        rig.logTrees.commit(rid, update);
        dirty.clear();
        get();
    }

    /** Commits the open transaction with everything in it. */
    void commit() throws FsException {
        rig.logTrees.commit(rid, write());
        dirty.clear();
    }

    /** Does one piece of merge work; whether there was any. */
    boolean merge() throws FsException {
        LogMergeRequest request;
        try {
            request = rig.logMerge.get(rid);
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT) {
                return false;
            }
            throw e;
        }
        rig.logMerge.complete(rid, work(request));
        return true;
    }

    /** What a mount does with merge work. */
    LogMergeComplete work(LogMergeRequest request) throws FsException {
        BlockWriter writer = new BlockWriter();
        ListAllocator alloc = new ListAllocator(cache, writer, rig.counters, request.metaAvail(), request.metaFreed());
        BtreeMerge.Result result;
        try {
            result = merge(request, new BtreeMerge(cache, alloc, writer, rig.triggers));
            alloc.prepareCommit();
            cache.writeAll(writer);
        } finally {
            alloc.prepareCommit();
            cache.forgetAll(writer);
        }
        return new LogMergeComplete(
                alloc.avail(),
                alloc.freed(),
                result.root(),
                request.start(),
                request.end(),
                result.complete() ? request.end() : result.next(),
                request.rid(),
                request.seq(),
                result.complete() ? 0 : LogMergeComplete.FLAG_REMAIN);
    }

    private BtreeMerge.Result merge(LogMergeRequest request, BtreeMerge merge) throws FsException {
        List<BtreeRoot> inputs = inputs(request);
        return inputs.isEmpty()
                ? new BtreeMerge.Result(request.root(), true, request.end())
                : merge.merge(
                        request.root(),
                        inputs,
                        request.start(),
                        request.end(),
                        request.isSubtree(),
                        BtreeMerge.Limits.REQUEST);
    }

    private List<BtreeRoot> inputs(LogMergeRequest request) throws FsException {
        List<BtreeRoot> inputs = new ArrayList<>();
        Key first = new Key(Zones.LOG_TREES, 0, 0, 0, 0, 0);
        new BtreeReader(cache).forEach(request.logsRoot(), first, Key.MAX, (key, seq, flags, block, offset, length) -> {
            LogTrees input = LogTrees.read(block, offset);
            if (input.isFinalized()
                    && Long.compareUnsigned(input.finalizeSeq(), request.inputSeq()) < 0
                    && !input.itemRoot().isEmpty()) {
                inputs.add(input.itemRoot());
            }
            return true;
        });
        return inputs;
    }

    /** A list that has nothing. */
    static boolean isEmpty(AllocListHead head) {
        return head.ref().isZero();
    }

    @Override
    public void close() {
        cache.close();
        device.close();
    }
}
