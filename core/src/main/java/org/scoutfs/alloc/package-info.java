/**
 * Free space, on floor 3 (spec 1 section 9, spec 2 section 4).
 *
 * <p>Metadata blocks that are free are extents in two trees of the super block, or single numbers in lists that are lent out: to the
 * server's own commits, to each mount's transaction, to srch compactions and log merges. Data blocks that are free are extents in one
 * tree of the super block, or in two trees lent to each mount.
 *
 * <pre>
 *   meta_alloc (tree) -- fillList --> avail list -- ListAllocator.allocate --> block in use
 *        ^                                                                         |
 *        +-- emptyList -- freed list (spliceList joins lists) <-- ListAllocator.free
 *
 *   data_alloc (tree) -- ExtentMove --> data_avail -- DataAllocator.allocate --> file
 *        ^                                                                         |
 *        +------------- ExtentMove -- data_freed <-- DataAllocator.free -----------+
 * </pre>
 *
 * <p>Invariants: every block number is in use or free in exactly one place, after every step and also after a failed one, provided
 * that whoever owns heads and roots stores them as they are then. What is freed in a transaction is not allocated in it. Changing a
 * structure of free space needs blocks itself, from a {@link org.scoutfs.alloc.ListAllocator} whose lists are not the ones changed;
 * callers check its room before.
 *
 * <p>A number that is freed twice is found when it enters a tree, or a list is emptied: that is corruption, is said loudly, and the
 * operation fails.
 *
 * <p>Lock order: {@link org.scoutfs.alloc.DataAllocator}'s monitor, then that of the transaction's {@link
 * org.scoutfs.alloc.ListAllocator}, then the block cache. Both are held over reads of blocks that their own structures consist of.
 * Everything else here belongs to one thread at a time; the class says who sees to it.
 */
@NullMarked
package org.scoutfs.alloc;

import org.jspecify.annotations.NullMarked;
