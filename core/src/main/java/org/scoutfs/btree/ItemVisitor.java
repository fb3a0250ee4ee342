package org.scoutfs.btree;

import java.lang.foreign.MemorySegment;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;

/** Is shown items in key order without copies. */
@FunctionalInterface
public interface ItemVisitor {
    /**
     * The value is {@code valueLength} bytes at {@code valueOffset} of {@code block}, which is pinned until this returns and must not
     * be written to. The offset is 0 if the value is empty.
     *
     * @return false to see no more
     */
    boolean item(Key key, long seq, int flags, MemorySegment block, long valueOffset, int valueLength)
            throws FsException;
}
