/**
 * Tests of hosts, and hosts for the tests of others.
 *
 * <ul>
 *   <li>{@link org.scoutfs.host.TestHost}: a virtual clock that the test moves, a network in memory, one seed. Threads are those of the
 *       JVM and run whenever they like; the test waits for what it expects.
 *   <li>{@link org.scoutfs.host.Simulation}: the same, and in addition only one thread runs at a time, chosen by the seed, and time
 *       passes only when no thread can run. A whole cluster, repeatable from its seed.
 * </ul>
 *
 * <p>{@link org.scoutfs.host.HostContract} is the contract of a host as a suite for every implementation.
 *
 * <p><b>Locks.</b> {@code SimulatedStream.writing}, then the lock of {@code SimulatedNetwork}, then that of {@code VirtualClock}. Events
 * of the clock run without any.
 */
@NullMarked
package org.scoutfs.host;

import org.jspecify.annotations.NullMarked;
