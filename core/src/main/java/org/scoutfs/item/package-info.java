/**
 * File system items, on floor 9 (spec 2 sections 6 to 8): what a key's value is now, in this mount, under this lock.
 *
 * <h2>The item cache</h2>
 *
 * {@link org.scoutfs.item.ItemCache} holds items, and that there are none, for ranges of keys under cluster locks. It carries some eight
 * operations per file that is made, so its shape follows from what they cost:
 *
 * <ul>
 *   <li>A cluster lock has its own {@link org.scoutfs.item.RangeItems}, attached to the lock: giving up a lock drops one object, and
 *       threads in different lock groups never meet.
 *   <li>A {@link org.scoutfs.item.ItemPage} is a known part of the range with up to 64 items; keys lie in one array of longs ({@link
 *       org.scoutfs.item.KeyWords}), values in one array of bytes. There is no object per item, neither to chase nor to collect: about 100
 *       bytes of heap for a directory entry with its key.
 *   <li>{@link org.scoutfs.item.PageIndex} finds a page with two binary searches; the page used last per type of item is tried first.
 *   <li>Dirty pages are listed, so that a commit visits nothing clean.
 * </ul>
 *
 * <pre>
 *   ItemCache -> RangeItems (per lock) -> PageRange -> PageIndex -> ItemPage
 *             -> DirtyRanges -> DirtyItemList -> BtreeWriter.insertList       at commit
 *             -> Forest -> ForestTrees -> ItemRun, ReadItems                  when something is not cached
 *             -> PageSweeper                                                  when there is too much
 * </pre>
 *
 * <h2>Two races and their guards</h2>
 *
 * <ul>
 *   <li><i>A slow reader brings old items back.</i> It has its roots; meanwhile an item is changed, committed, becomes clean and its page is
 *       dropped. The barrier of {@link org.scoutfs.item.DirtyRanges} moves before items become clean; a reader that finds it moved, under
 *       the monitor that cleaning takes too, reads again.
 *   <li><i>A reader outlives its roots.</i> Blocks it wants were reused: StaleException. It starts again from nothing with newer roots
 *       after a pause; failing twice with the same roots is corruption ({@link org.scoutfs.item.Forest}).
 * </ul>
 *
 * <h2>Without locks</h2>
 *
 * {@link org.scoutfs.item.WeakItemCache} has totals and xattr index entries as they were committed seconds ago, and resolves totals
 * while a merge is adding them up.
 *
 * <h2>Locks</h2>
 *
 * The monitor of a {@code RangeItems}; inside it that of the list of dirty ranges. Those of {@code PageSweeper} and {@code WeakPages} stand
 * alone. No device, no server and no other package is waited for under any of them.
 */
@NullMarked
package org.scoutfs.item;

import org.jspecify.annotations.NullMarked;
