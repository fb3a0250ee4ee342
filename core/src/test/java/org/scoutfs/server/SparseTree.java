package org.scoutfs.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.scoutfs.alloc.ListAllocator;
import org.scoutfs.block.Block;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.Magic;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.format.wire.Payloads;

/** Merge work whose result is a tree of height 3 of a given shape, which inserting would not make of so few items. */
final class SparseTree {
    private final ServerRig rig;
    private final TestMount mount;
    private final int parents;
    private final int leavesEach;

    SparseTree(ServerRig rig, TestMount mount, int parents, int leavesEach) {
        this.rig = rig;
        this.mount = mount;
        this.parents = parents;
        this.leavesEach = leavesEach;
    }

    private record Child(Key end, BlockReference ref) {}

    /** Completes a request for the whole of fs_root with the items of the model and those that fs_root has. */
    LogMergeComplete merged(LogMergeRequest request, NavigableMap<Key, byte[]> model) throws FsException {
        NavigableMap<Key, byte[]> items = rig.check().items;
        items.putAll(model);
        BlockWriter writer = new BlockWriter();
        ListAllocator alloc =
                new ListAllocator(mount.cache, writer, rig.counters, request.metaAvail(), request.metaFreed());
        List<Child> leaves = leaves(alloc, writer, items);
        List<Child> middle = new ArrayList<>();
        for (int i = 0; i < leaves.size(); i += leavesEach) {
            middle.add(parent(alloc, writer, 1, leaves.subList(i, i + leavesEach)));
        }
        BtreeRoot root = new BtreeRoot(parent(alloc, writer, 2, middle).ref(), 3);
        alloc.free(request.root().ref().blkno());
        alloc.prepareCommit();
        mount.cache.writeAll(writer);
        return new LogMergeComplete(
                alloc.avail(),
                alloc.freed().ref().isZero() ? AllocListHead.EMPTY : alloc.freed(),
                root,
                request.start(),
                request.end(),
                request.end(),
                request.rid(),
                request.seq(),
                0);
    }

    private List<Child> leaves(ListAllocator alloc, BlockWriter writer, NavigableMap<Key, byte[]> items)
            throws FsException {
        List<Child> leaves = new ArrayList<>();
        List<Map.Entry<Key, byte[]>> all = List.copyOf(items.entrySet());
        int count = parents * leavesEach;
        for (int leaf = 0; leaf < count; leaf++) {
            BtreeWriter tree = new BtreeWriter(mount.cache, alloc, writer, BtreeRoot.EMPTY);
            List<Map.Entry<Key, byte[]>> part = all.subList(leaf * all.size() / count, (leaf + 1) * all.size() / count);
            for (Map.Entry<Key, byte[]> item : part) {
                tree.insert(item.getKey(), item.getValue());
            }
            Key end = leaf == count - 1 ? Key.MAX : part.getLast().getKey();
            leaves.add(new Child(end, tree.root().ref()));
        }
        return leaves;
    }

    /** A leaf of references becomes a parent by its level; what was its hash table is free space that compaction finds. */
    private Child parent(ListAllocator alloc, BlockWriter writer, int level, List<Child> children) throws FsException {
        BtreeWriter tree = new BtreeWriter(mount.cache, alloc, writer, BtreeRoot.EMPTY);
        for (Child child : children) {
            tree.insert(child.end(), Payloads.write(BlockReference.SIZE, child.ref()::write));
        }
        try (Block block = mount.cache.dirty(alloc, writer, tree.root().ref(), Magic.BTREE)) {
            Le.put8(block.data(), BtreeBlock.LEVEL, level);
            Le.zero(block.data(), BtreeBlock.LEAF_HASH, VolumeLayout.LARGE_BLOCK_SIZE - BtreeBlock.LEAF_HASH);
        }
        return new Child(children.getLast().end(), tree.root().ref());
    }
}
