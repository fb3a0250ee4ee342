package org.scoutfs.btree;

import java.util.Arrays;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.Key;

/**
 * A copy of one item of a tree.
 *
 * @param seq 0 in the server's trees
 * @param flags 0 or {@link BtreeBlock#ITEM_FLAG_DELETION}
 * @param value 0..896 bytes, the receiver's own
 */
@SuppressWarnings("ArrayRecordComponent") // a copy that is passed around; equality is defined below
public record BtreeItem(Key key, long seq, int flags, byte[] value) {
    /** Whether it says that the key does not exist as of its seq. */
    public boolean isDeletion() {
        return (flags & BtreeBlock.ITEM_FLAG_DELETION) != 0;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof BtreeItem other
                && key.equals(other.key)
                && seq == other.seq
                && flags == other.flags
                && Arrays.equals(value, other.value);
    }

    @Override
    public int hashCode() {
        return key.hashCode() * 31 + Long.hashCode(seq);
    }

    @Override
    public String toString() {
        return key + " seq " + seq + (isDeletion() ? " deletion" : "") + " value of " + value.length + " bytes";
    }
}
