/**
 * Btrees on metadata blocks, on floor 2: one block format and one set of algorithms for the fs tree, log trees, free extents and all the
 * server keeps.
 *
 * <p>{@link org.scoutfs.btree.BtreeReader} and {@link org.scoutfs.btree.BtreeWriter} are what others call; {@link org.scoutfs.btree.BtreeMerge}
 * merges log trees, {@link org.scoutfs.btree.BtreeFreer} frees what was merged, {@link org.scoutfs.btree.BtreeVerifier} looks at everything.
 * Below them, from the outside in:
 *
 * <ul>
 *   <li>{@code DirtyTree} walks from the root, makes the path dirty, and splits and joins on the way down;
 *   <li>{@code LeafChanges} and {@code LeafUpdate} apply runs of sorted changes to a leaf in one pass, {@code ItemMoves} moves items between
 *       neighbours, and all of them lay blocks out with {@code NodeBuilder};
 *   <li>{@code Node} is one block and its items, {@code ItemTree} the AVL tree through them, {@code LeafHash} the table of a leaf;
 *   <li>{@code BlockCheck} looks at a block when it comes from the device, so that everything above may trust offsets and links.
 * </ul>
 *
 * <p><b>Invariants.</b> Those of spec 1 section 8 in every block at every return, also after an exception: links right in both directions,
 * heights right, hash complete, totals exact, right spine all ones, no parent with one child unless it came so. Parents have room for one
 * more child before a child is split. What can fail, an allocator or a read, is done before items move; a number that cannot be
 * recorded as free is lost, never used twice.
 *
 * <p><b>Where this differs from the reference</b>, which any mix of both on one volume takes: leaves that many changes hit are laid out anew,
 * in key order and perfectly balanced; a value that fits in the old place is written there; appended items leave leaves about 90 % full
 * instead of half; trees are freed with their parents of level 1; block contents are looked at before they are believed.
 *
 * <p><b>Threads.</b> A reader serves all threads. A writer belongs to whoever serialises its tree; its dirty blocks are used without pins, since
 * the {@link org.scoutfs.block.BlockWriter} has one. No locks, no threads, no waiting but for the device.
 *
 * <p>Source: spec 1 sections 8 and 17.4; spec 2 sections 3, 6.3 and 12.
 */
@NullMarked
package org.scoutfs.btree;

import org.jspecify.annotations.NullMarked;
