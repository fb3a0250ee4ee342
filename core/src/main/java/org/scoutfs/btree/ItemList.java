package org.scoutfs.btree;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.scoutfs.format.Key;
import org.scoutfs.format.Le;

/**
 * Items in strictly ascending key order, as {@link BtreeWriter#insertList} takes them: by index, so that whoever keeps many items need not
 * make an object of each. It must not change while it is used.
 */
public interface ItemList {
    int size();

    Key key(int index);

    long seq(int index);

    /** 0 or {@link org.scoutfs.format.BtreeBlock#ITEM_FLAG_DELETION}; a deletion has no value. */
    int flags(int index);

    /** Bytes of the value, 0..896. */
    int valueLength(int index);

    /** Stores the value's bytes at {@code dstOffset}, which is a multiple of 8. */
    void copyValue(int index, MemorySegment dst, long dstOffset);

    /** A view of a list in ascending key order. */
    static ItemList of(List<BtreeItem> items) {
        return new ItemList() {
            @Override
            public int size() {
                return items.size();
            }

            @Override
            public Key key(int index) {
                return items.get(index).key();
            }

            @Override
            public long seq(int index) {
                return items.get(index).seq();
            }

            @Override
            public int flags(int index) {
                return items.get(index).flags();
            }

            @Override
            public int valueLength(int index) {
                return items.get(index).value().length;
            }

            @Override
            public void copyValue(int index, MemorySegment dst, long dstOffset) {
                Le.putBytes(dst, dstOffset, items.get(index).value());
            }
        };
    }
}
