/**
 * Who leads: election among the mounts that have a quorum slot, over UDP and the quorum blocks; on floor 4.
 *
 * <p>Source: spec 3 section 3; blocks: spec 1 section 7.
 *
 * <h2>What is here</h2>
 *
 * <ul>
 *   <li>{@link org.scoutfs.quorum.QuorumAgent}: one thread per member mount. Receives, lets {@link org.scoutfs.quorum.Election} decide, and
 *       carries out what that wants: datagrams, events in the own quorum block, starting and stopping the own server through {@link
 *       org.scoutfs.quorum.ServerControl}.
 *   <li>{@link org.scoutfs.quorum.Election}: the rules, one pass per wake-up, without threads or I/O of its own.
 *   <li>{@link org.scoutfs.quorum.EarlierLeaders}: which mounts a starting server must have fenced.
 *   <li>{@link org.scoutfs.quorum.LeaderFinder}: where clients connect to.
 *   <li>{@link org.scoutfs.quorum.QuorumSlots}: whether a mount can use the slots as configured.
 *   <li>{@link org.scoutfs.quorum.QuorumStatus}: what the status file shows.
 * </ul>
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>A mount writes only the block of its own slot, always by reading it, changing one event and writing it, and only while BEGIN in it is its
 *       own (R7).
 *   <li>A term is on the device before it is answered. ELECT is on the device before the server starts, FENCE only after it is up, STOP
 *       before anybody is told of the resignation (R9).
 *   <li>Of two leaders that do not know of each other the one of the lower term does not start: each reads all blocks after its own ELECT is
 *       on the device, so one of them sees the other's.
 *   <li>At most one vote per term, also across a restart (R14).
 *   <li>The agent ends only when its server is down (R10, R11).
 * </ul>
 *
 * <h2>Threads and locks</h2>
 *
 * The agent's thread is a platform thread of its own that waits for nothing but datagrams and its own block; starting and stopping the
 * server are asynchronous. Status is published through a volatile field. No locks.
 */
@NullMarked
package org.scoutfs.quorum;

import org.jspecify.annotations.NullMarked;
