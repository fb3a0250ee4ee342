/**
 * Transactions of one mount, on floor 8 (spec 2 section 5): everything that all tasks of a mount change between two commits becomes
 * visible to the cluster at once, or never.
 *
 * <ul>
 *   <li>{@link org.scoutfs.trans.Transactions}: entering and leaving the open transaction; when a commit must come first.
 *   <li>{@link org.scoutfs.trans.CommitLoop}: the thread that commits, in the order of spec 2 section 5.3, until it succeeds.
 *   <li>{@link org.scoutfs.trans.LogTreeWriter}: the mount's log tree, block lists, bloom block, srch file and data space in the open
 *       transaction.
 *   <li>{@link org.scoutfs.trans.TouchedLeaves}: how many blocks the commit will take, so that it is made in time and not too often.
 *   <li>{@link org.scoutfs.trans.DirtyItems}, {@link org.scoutfs.trans.DirtyData}: what the floors above contribute to a commit.
 * </ul>
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>Between the request to commit and the opening of the next transaction nobody holds, so nothing is dirtied.
 *   <li>Blocks and data are stable before the commit is sent; items become clean after it was answered.
 *   <li>The end of a commit and the admission of holders to the next transaction are one step: a commit that is seen under way includes
 *       everything its observer could have done before.
 *   <li>Dirty items are written into the log tree once per transaction. If that fails half-way it is gone on with, and deltas that
 *       are in the tree already are left out.
 * </ul>
 *
 * <h2>Locks</h2>
 *
 * Cluster locks are taken before a hold, never under it. A hold comes before all local mutexes of items and data. Inside: the monitors of
 * {@code LogTreeWriter} (bloom; srch) and of {@code DataAllocator}, none inside another, then that of the {@code ListAllocator}, then
 * those of the block cache. The lock of {@code CommitLoop} is a leaf: nothing is called under it but {@code Transactions}' atomics and
 * the clock.
 */
@NullMarked
package org.scoutfs.trans;

import org.jspecify.annotations.NullMarked;
