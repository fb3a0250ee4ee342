package org.scoutfs.btree;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;
import org.scoutfs.format.VolumeLayout;

/**
 * What many trees say about a range of keys, resolved: for each key the item with the greatest seq, the sum for deltas (spec 2 section 3.9).
 *
 * <p>The range is cut off where memory would exceed the limit, however many trees there are: a tree that is not read to the end of the range
 * moves the end down, and so do items beyond the limit. One thread; read again for each part of a range.
 */
final class MergeWindow implements ItemList {
    /** Heap that an item takes beside its value, about. */
    private static final int OVERHEAD_BYTES = 128;

    private static final byte[] NO_VALUE = {};

    /** One item; a delta's value is changed as others are added to it. */
    private static final class Item {
        final Key key;
        final int flags;
        final byte[] value;
        long seq;

        Item(Key key, long seq, int flags, byte[] value) {
            this.key = key;
            this.seq = seq;
            this.flags = flags;
            this.value = value;
        }

        int bytes() {
            return OVERHEAD_BYTES + value.length;
        }
    }

    private final BtreeReader reader;
    private final List<BtreeRoot> inputs;
    private final long limitBytes;
    private final Counter droppedOld;
    private List<Item> items = new ArrayList<>();
    private long bytes;
    private Key end = Key.ZERO;

    MergeWindow(BtreeReader reader, List<BtreeRoot> inputs, long limitBytes, Counters counters) {
        this.reader = reader;
        this.inputs = inputs;
        this.limitBytes = limitBytes;
        droppedOld = counters.get("btree_merge_drop_old");
    }

    /** Reads the items from {@code start} on, to {@code last} or as far as the limit allows. */
    void read(Key start, Key last) throws FsException {
        items.clear();
        bytes = 0;
        end = last;
        long leavesEach = Math.max(1, limitBytes / VolumeLayout.LARGE_BLOCK_SIZE);
        for (BtreeRoot input : inputs) {
            readInput(input, start, leavesEach);
            if (bytes > 2 * limitBytes) {
                resolve();
                shrink();
            }
        }
        resolve();
        shrink();
        items.removeIf(MergeWindow::isNull);
    }

    /** The last key of the range that was read; items up to it are all there. */
    Key end() {
        return end;
    }

    private void readInput(BtreeRoot input, Key start, long maxLeaves) throws FsException {
        Key from = start;
        for (long leaves = 0; leaves < maxLeaves; leaves++) {
            LeafRange range = reader.readItems(input, from, from, end, this::add);
            if (range.end().compareTo(end) >= 0) {
                return;
            }
            from = range.end().increment();
        }
        end = from.decrement();
    }

    private boolean add(Key key, long seq, int flags, MemorySegment block, long valueOffset, int valueLength)
            throws CorruptionException {
        if (Deltas.isDelta(key)) {
            Deltas.check(key, flags, valueLength);
        }
        Item item = new Item(key, seq, flags, valueLength == 0 ? NO_VALUE : Le.bytes(block, valueOffset, valueLength));
        items.add(item);
        bytes += item.bytes();
        return true;
    }

    /** Sorts and leaves one item for each key. Deltas that cancelled stay for now: another tree may have more of the same key. */
    private void resolve() {
        // Stable, so that of equal seqs the first tree's stays; and made for input that consists of sorted runs.
        items.sort(Comparator.comparing(item -> item.key));
        List<Item> resolved = new ArrayList<>(items.size());
        Item last = null;
        bytes = 0;
        for (Item item : items) {
            if (last != null && last.key.compareTo(item.key) == 0) {
                if (Deltas.isDelta(item.key)) {
                    Deltas.add(last.value, item.value);
                    last.seq = Long.compareUnsigned(item.seq, last.seq) > 0 ? item.seq : last.seq;
                } else if (Long.compareUnsigned(item.seq, last.seq) > 0) {
                    resolved.set(resolved.size() - 1, item);
                    bytes += item.bytes() - last.bytes();
                    last = item;
                    droppedOld.increment();
                } else {
                    droppedOld.increment();
                }
                continue;
            }
            resolved.add(item);
            bytes += item.bytes();
            last = item;
        }
        items = resolved;
    }

    /** Drops what is beyond the end, and lowers the end until the rest is within the limit; one item is always kept. */
    private void shrink() {
        int kept = 0;
        bytes = 0;
        for (; kept < items.size(); kept++) {
            Item item = items.get(kept);
            if (item.key.compareTo(end) > 0) {
                break;
            }
            if (kept > 0 && bytes + item.bytes() > limitBytes) {
                end = items.get(kept - 1).key;
                break;
            }
            bytes += item.bytes();
        }
        items.subList(kept, items.size()).clear();
    }

    private static boolean isNull(Item item) {
        return Deltas.isDelta(item.key) && Deltas.isNull(item.value);
    }

    @Override
    public int size() {
        return items.size();
    }

    @Override
    public Key key(int index) {
        return items.get(index).key;
    }

    @Override
    public long seq(int index) {
        return items.get(index).seq;
    }

    @Override
    public int flags(int index) {
        return items.get(index).flags;
    }

    @Override
    public int valueLength(int index) {
        return items.get(index).value.length;
    }

    @Override
    public void copyValue(int index, MemorySegment dst, long dstOffset) {
        Le.putBytes(dst, dstOffset, items.get(index).value);
    }

    /** Whether the item removes the merged one. */
    boolean isDeletion(int index) {
        return (items.get(index).flags & BtreeBlock.ITEM_FLAG_DELETION) != 0;
    }
}
