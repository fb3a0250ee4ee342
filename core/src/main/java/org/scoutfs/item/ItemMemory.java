package org.scoutfs.item;

import java.util.concurrent.atomic.AtomicLong;

/** What all ranges of one item cache use together. Read and changed by any thread. */
final class ItemMemory {
    /** Heap bytes of all pages, roughly. */
    final AtomicLong usedBytes = new AtomicLong();
    /** Bytes that a commit would insert now: structs and padded values of dirty items. */
    final AtomicLong dirtyBytes = new AtomicLong();
    /** Pages that have had dirty items since the last commit. */
    final AtomicLong dirtyPages = new AtomicLong();
}
