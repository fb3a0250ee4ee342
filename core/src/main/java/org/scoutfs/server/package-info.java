/**
 * The leader's services: what one mount does for all others while it leads, on floor 5.
 *
 * <p>Source: spec 3 sections 5 to 13, spec 2 sections 4.5 to 4.9, 9, 10.3, 10.4, 11 and 12.
 *
 * <h2>What is here</h2>
 *
 * <ul>
 *   <li>{@link org.scoutfs.server.Server}: life cycle, driven by the quorum agent; {@code ServerRun}: everything of one term.
 *   <li>{@code ServerVolume}: the dirty super block with its trees and lists, and how it becomes the stable one; {@code ServerCommit}: who
 *       may change it when, and who writes it; {@code ServerChanges}: both together; {@code ItemTable}, {@code ServerItems}: items as values.
 *   <li>{@code LogTreesService}, {@code LogFinalizer}, {@code LogTreesDrain}: transactions of mounts. {@code LogMergeService}, {@code
 *       MergeRequests}, {@code MergedTreeFreeing}: log merging. {@code SrchService}, {@code StatfsService}, {@code VolumeOptionsService},
 *       {@code ResizeService}: the rest of what is stored.
 *   <li>{@code LockServer}, {@code OpenInodeMap}: who may use what, in memory only; {@code RecoveryTracker}, {@code LockRecovery}: how a new
 *       server learns both.
 *   <li>{@code MountedClients}, {@code Farewells}, {@code Reclaim}, {@link org.scoutfs.server.FenceRequests}: how mounts come and go.
 *   <li>{@code ServerRequests}: one handler per message. {@code Peers}: the way back to the mounts.
 * </ul>
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>A request that changes something is answered after the super block with the change is stable. Readers are given the stable super
 *       block, never the dirty one.
 *   <li>An error undoes nothing: what was changed is written with the next commit. So every step leaves the trees consistent, and a mount
 *       may repeat whatever failed.
 *   <li>What is freed in a commit is not allocated in it.
 *   <li>All state that matters is in items; locks, open inodes and sequence numbers above the super block's come back from the mounts.
 *   <li>A mounted-client item exists for every mount that may own anything.
 * </ul>
 *
 * <h2>Locks, in the order they are taken</h2>
 *
 * <pre>
 *   Reclaim | VolumeOptionsService        one at a time, for a whole operation
 *     commit hold                         ServerCommit; waited for with nothing of what is below held
 *       ServerVolume.lock                 the dirty state; kept while blocks are changed, which may read the
 *                                         device, and while a commit writes them, when nobody changes any
 *   LockServer | OpenInodeMap | MountedClients | Farewells | RecoveryTracker | FenceRequests | Server
 *                                         tables in memory; never held together, nor across device I/O
 *     net                                 ServerNetwork, then Association: finding a mount, queueing a message
 * </pre>
 *
 * SYNC_LOG_TREES is queued under the volume's lock. The lock server asks {@code RecoveryTracker} without its lock. A commit is never waited
 * for with the volume's lock held. With the volume's lock held only the lock of a leaf table may be taken.
 *
 * <h2>Threads</h2>
 *
 * Requests are handled on virtual threads of the network, many at once. There is no commit thread: one of those who wait writes for all.
 * Farewells, reclaiming of fenced mounts and freeing of merged trees have a virtual thread each, which ends before the network, the
 * volume and the tables do. The server's own thread starts it, waits, and stops it. Device I/O is moved to platform threads by
 * {@link org.scoutfs.block.MetaDevice}.
 *
 * <h2>What is bounded</h2>
 *
 * Blocks per commit by {@code ServerCommit}'s budgets; requests by the network's limit per mount; everything else by the number of mounts
 * and of the locks they hold.
 */
@NullMarked
package org.scoutfs.server;

import org.jspecify.annotations.NullMarked;
