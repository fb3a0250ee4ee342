package org.scoutfs.btree;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.block.CacheLimits;
import org.scoutfs.block.MetaDevice;
import org.scoutfs.block.TestAllocator;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.host.TestHost;

/** A tree on a device in memory beside a model of it. Closing fails the test if pins are left. */
final class TestTree implements AutoCloseable {
    static final long FSID = 0x5c007f5;
    static final long TOTAL_META = 1 << 20;

    final Counters counters = new Counters();
    final Triggers triggers = new Triggers();
    final MemoryDevice disk;
    final MetaDevice device;
    final BlockCache cache;
    final TestAllocator allocator = new TestAllocator(VolumeLayout.FIRST_META_BLKNO);
    final BlockWriter writer = new BlockWriter();
    final BtreeWriter tree;
    final BtreeReader reader;
    final TreeMap<Key, BtreeItem> model = new TreeMap<>();

    TestTree(long seed) {
        this(seed, new CacheLimits(128L << 20, 512L << 20, 2, true));
    }

    TestTree(long seed, CacheLimits limits) {
        disk = MemoryDevice.create("meta", TOTAL_META << VolumeLayout.LARGE_BLOCK_SHIFT);
        device = new MetaDevice(disk, TestHost.create(seed), limits.ioThreads());
        cache = new BlockCache(device, FSID, TOTAL_META, limits, counters, triggers);
        tree = new BtreeWriter(cache, allocator, writer, BtreeRoot.EMPTY);
        reader = new BtreeReader(cache);
    }

    /** Writes everything and frees numbers for use again. */
    void commit() throws FsException {
        cache.writeAll(writer);
        allocator.commit();
    }

    /** Inserts into tree and model. */
    void insert(Key key, byte[] value) throws FsException {
        tree.insert(key, value);
        model.put(key, new BtreeItem(key, 0, 0, value));
    }

    /** Inserts or overwrites in tree and model, as log trees do. */
    void insertList(List<BtreeItem> items) throws FsException {
        tree.insertList(ItemList.of(items));
        for (BtreeItem item : items) {
            model.merge(item.key(), item, TestTree::overwrite);
        }
    }

    private static BtreeItem overwrite(BtreeItem old, BtreeItem item) {
        if (!Deltas.isDelta(item.key())) {
            return item;
        }
        byte[] sum = old.value().clone();
        Deltas.add(sum, item.value());
        return new BtreeItem(item.key(), item.seq(), item.flags(), sum);
    }

    /** Tree and model are the same, the tree is sane, and its blocks are those that the allocator knows. */
    void verify() {
        verify(tree.root(), model, allocator.used(), true);
        assertThat(cache.pinnedBlocks()).isZero();
    }

    void verify(BtreeRoot root, Map<Key, BtreeItem> expected, Set<Long> blocks, boolean deletions) {
        List<String> problems = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        Map<Key, BtreeItem> items = new TreeMap<>();
        new BtreeVerifier(
                        cache,
                        deletions,
                        new BtreeVerifier.Visitor() {
                            @Override
                            public boolean block(BlockReference ref, int level, Key end) {
                                if (!seen.add(ref.blkno())) {
                                    problems.add("block " + ref.blkno() + " twice");
                                }
                                return true;
                            }

                            @Override
                            public void item(
                                    Key key,
                                    long seq,
                                    int flags,
                                    MemorySegment block,
                                    long valueOffset,
                                    int valueLength) {
                                items.put(
                                        key, new BtreeItem(key, seq, flags, Le.bytes(block, valueOffset, valueLength)));
                            }
                        },
                        problems::add)
                .verify(root);
        assertThat(problems).isEmpty();
        assertThat(seen).isEqualTo(blocks);
        if (!items.equals(expected)) {
            // Cheap when it holds, telling when it does not.
            assertThat(items).isEqualTo(expected);
        }
    }

    /** A value of so many bytes that depend on {@code salt}. */
    static byte[] value(int length, long salt) {
        byte[] value = new byte[length];
        Arrays.fill(value, (byte) (salt * 31 + length));
        return value;
    }

    /** An fs item's key that sorts by {@code n}. */
    static Key key(long n) {
        return new Key(16, n >>> 8, 4, n & 0xff, 0, 0);
    }

    @Override
    public void close() {
        cache.forgetAll(writer);
        try {
            cache.close();
        } finally {
            device.close();
        }
    }
}
