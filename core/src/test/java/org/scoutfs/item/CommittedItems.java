package org.scoutfs.item;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.Key;
import org.scoutfs.format.TotlValue;
import org.scoutfs.format.Zones;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockRange;

/** A forest in memory: what was committed, read in random pieces as if from leaves. */
final class CommittedItems implements ItemReader {
    final TreeMap<Key, byte[]> items = new TreeMap<>();
    private final Random random;
    /** Runs between the moment a reader has its roots and the moment it is done. */
    Runnable whileReading = () -> {};

    /** Whether some reads cover all of the lock's range. */
    boolean wholeRanges = true;

    int reads;

    CommittedItems(Random random) {
        this.random = random;
    }

    @Override
    public ReadItems read(Key key, ClusterLock lock, long barrier) {
        reads++;
        LockRange range = lock.range();
        Key start = range.start();
        Key end = range.end();
        if (!wholeRanges || random.nextInt(4) != 0) {
            start = Key.max(start, near(key, false));
            end = Key.min(end, near(key, true));
        }
        ItemRun run = new ItemRun();
        for (Map.Entry<Key, byte[]> item : items.subMap(start, true, end, true).entrySet()) {
            byte[] value = item.getValue();
            run.item(item.getKey(), 1, 0, MemorySegment.ofArray(value), 0, value.length);
        }
        ReadItems read = run.present(start, end);
        Runnable hook = whileReading;
        whileReading = () -> {};
        hook.run();
        return read;
    }

    /** The key some items before or behind. */
    private Key near(Key key, boolean behind) {
        Key at = key;
        for (int n = random.nextInt(20); n > 0; n--) {
            Key next = behind ? items.higherKey(at) : items.lowerKey(at);
            if (next == null) {
                return behind ? Key.MAX : Key.ZERO;
            }
            at = next;
        }
        return at;
    }

    /** Does to the items what a commit does to the trees. */
    void commit(DirtyItemList dirty) {
        Key last = null;
        for (int i = 0; i < dirty.size(); i++) {
            Key key = dirty.key(i);
            if (last != null && last.compareTo(key) >= 0) {
                throw new AssertionError(last + " is not before " + key);
            }
            last = key;
            byte[] value = new byte[dirty.valueLength(i)];
            dirty.copyValue(i, MemorySegment.ofArray(value), 0);
            if ((dirty.flags(i) & BtreeBlock.ITEM_FLAG_DELETION) != 0) {
                if (value.length != 0) {
                    throw new AssertionError("deletion of " + key + " with a value of " + Arrays.toString(value));
                }
                items.remove(key);
            } else if (key.zone() == Zones.XATTR_TOTL) {
                items.merge(key, value, CommittedItems::sum);
            } else {
                items.put(key, value);
            }
        }
    }

    private static byte[] sum(byte[] a, byte[] b) {
        byte[] sum = a.clone();
        Deltas.add(sum, 0, b, 0);
        return sum;
    }

    static byte[] total(long total, long count) {
        byte[] value = new byte[TotlValue.SIZE];
        new TotlValue(total, count).write(MemorySegment.ofArray(value), 0);
        return value;
    }
}
