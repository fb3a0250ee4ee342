package org.scoutfs.bench.micro;

import java.util.ArrayList;
import java.util.List;
import org.scoutfs.block.BlockAllocator;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.btree.ItemList;
import org.scoutfs.counter.Counters;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.host.Host;

/** A tree of items of one size on a device in memory; all of its blocks fit into the cache. */
final class MemoryTree implements AutoCloseable {
    static final int VALUE_BYTES = 100;

    private static final long TOTAL_META = 1 << 20;
    private static final long CACHE_BYTES = 512L << 20;
    private static final int BATCH = 10_000;

    final BlockCache cache;
    final BtreeWriter tree;
    private final Host host = Host.system();
    private final BlockWriter writer = new BlockWriter();

    /** Inserts keys 0, 2, 4 and so on, {@code items} of them, and writes them out. */
    MemoryTree(int items) throws FsException {
        MemoryDevice disk = MemoryDevice.create("meta", TOTAL_META << VolumeLayout.LARGE_BLOCK_SHIFT);
        cache = new BlockCache(disk, 1, TOTAL_META, CACHE_BYTES, host, new Counters());
        tree = new BtreeWriter(cache, new Rising(), writer, BtreeRoot.EMPTY);
        byte[] value = new byte[VALUE_BYTES];
        for (int from = 0; from < items; from += BATCH) {
            List<BtreeItem> batch = new ArrayList<>();
            for (int i = from; i < Math.min(items, from + BATCH); i++) {
                batch.add(new BtreeItem(key(2L * i), 1, 0, value));
            }
            tree.insertList(ItemList.of(batch));
        }
        commit();
    }

    /** An inode's item: that is what most of a tree's searches are for. */
    static Key key(long n) {
        return new Key(16, n, 4, 0, 0, 0);
    }

    void commit() throws FsException {
        cache.writeAll(writer);
    }

    @Override
    public void close() {
        cache.close();
        host.close();
    }

    /** Numbers that are never used again. */
    private static final class Rising implements BlockAllocator {
        private long next = VolumeLayout.FIRST_META_BLKNO;

        @Override
        public long allocate() {
            return next++;
        }

        @Override
        public void free(long blkno) {
            // the benchmark ends before numbers run out
        }
    }
}
