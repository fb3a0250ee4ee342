package org.scoutfs.alloc;

import org.scoutfs.format.AllocListHead;

/**
 * A list of block numbers that is not in use by a {@link ListAllocator}, while {@link AllocLists} changes it.
 *
 * <p>The head moves with every step, also with the steps before one that failed: whoever stores the list stores {@link #head()}
 * after failures too (spec 3, race R49). Not safe for threads; guarded by whatever guards the structure that holds the list.
 */
public final class AllocatorList {
    private AllocListHead head;

    public AllocatorList(AllocListHead head) {
        this.head = head;
    }

    /** The head to store. */
    public AllocListHead head() {
        return head;
    }

    /** Sets or clears the LOW flag. */
    public void setLow(boolean low) {
        head = head.withLow(low);
    }

    void setHead(AllocListHead newHead) {
        head = newHead;
    }
}
