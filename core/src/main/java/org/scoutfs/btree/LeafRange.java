package org.scoutfs.btree;

import org.scoutfs.format.Key;

/** Keys from {@code start} to {@code end}, both included. */
public record LeafRange(Key start, Key end) {
    /** All keys. */
    public static final LeafRange ALL = new LeafRange(Key.ZERO, Key.MAX);

    public boolean contains(Key key) {
        return key.compareTo(start) >= 0 && key.compareTo(end) <= 0;
    }
}
