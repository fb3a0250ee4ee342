/**
 * Cluster locks as this mount holds them, on floor 7 (spec 3 section 8).
 *
 * <p>A cluster lock covers a range of keys. While it is granted to this mount, what is known of the items in the range stays true, and
 * what is changed may stay in memory. Whoever else wants the range asks the server, the server asks us, and we give it up: commit what was
 * changed, forget what was cached, answer. So the whole coherence of the cluster rests on three orders that this package keeps:
 *
 * <ul>
 *   <li><b>Messages of one lock are handled in the order they came in</b> (R71). The network sees to it; handlers change state and return.
 *   <li><b>Nobody new gets in once the work has begun</b> who could cache or change something again. First the caches above are told, while
 *       the lock is still held, since what the kernel has dirty must be written under it; then the mode is lowered, and what was changed is
 *       committed; readers stay when WRITE becomes READ.
 *   <li><b>The answer goes out last</b>, after the commit is in the stable super block and nothing is cached any more.
 * </ul>
 *
 * <h2>What is where</h2>
 *
 * <ul>
 *   <li>{@link org.scoutfs.lock.LockClient}: the table of locks, taking and giving back, waiting.
 *   <li>{@link org.scoutfs.lock.ClusterLock}: the states of one lock, spec 3 section 8.4. Mode and users are one atomic word.
 *   <li>{@link org.scoutfs.lock.LockMessages}: grants, invalidations, recovery.
 *   <li>{@link org.scoutfs.lock.LockInvalidator}, {@link org.scoutfs.lock.LockTransactions}: what the floors above do when a lock goes.
 * </ul>
 *
 * <h2>Fairness</h2>
 *
 * A grant makes users of all waiting threads it satisfies, at once, so that the invalidation behind it cannot take the lock from them
 * before they ran (R91). An invalidation keeps new ones out from its beginning, except threads that hold some cluster lock already, since they
 * may hold this one and the invalidation waits for them, and those that do what it waits for ({@link
 * org.scoutfs.lock.LockClient#admit}). So neither side can starve the other.
 *
 * <h2>Threads and locks</h2>
 *
 * Taking a granted lock and giving it back is one compare-and-set each. Everything else happens under the monitor of the {@code
 * ClusterLock}, inside which only the monitor of {@code IdleLocks} may be taken. Nothing is sent, committed or dropped under a monitor.
 * Each lock that is being taken away has a virtual thread while that lasts: dropping the kernel's caches of one may wait for
 * requests that wait for another lock.
 *
 * <p>Bounded: lock objects by {@code lock_idle_count} and the number in use; invalidation threads by locks.
 */
@NullMarked
package org.scoutfs.lock;

import org.jspecify.annotations.NullMarked;
