/**
 * What the surrounding machine gives a mount: time, threads, connections and randomness, on floor 0.
 *
 * <p>Everything above takes these from a {@link org.scoutfs.host.Host} it is given and from nowhere else: no {@code System.nanoTime},
 * no {@code Thread.sleep}, no timed wait of the JDK, no socket and no random number generator of its own. {@link
 * org.scoutfs.host.SystemHost} is the real machine. The test jar has a host with a virtual clock, a simulated network and one seed, so
 * that a cluster runs in one JVM and a failure can be replayed.
 *
 * <p><b>Time.</b> Durations and deadlines are {@code long} nanoseconds of {@link org.scoutfs.host.HostClock#nanoTime()}; compare by
 * subtraction. Whoever waits with a limit waits in {@link org.scoutfs.host.HostClock}, since only it knows when time passes. Waiting without
 * a limit (a lock, a condition, a queue) is nobody's business and uses the JDK.
 *
 * <p><b>Threads.</b> Plain blocking code. Virtual threads for requests, messages, timers and background work; platform threads ({@link
 * org.scoutfs.host.HostWorkers}) for what blocks in native calls. An exception that leaves a thread is logged and counted, never lost.
 *
 * <p><b>Addresses</b> are IPv4 as in the format: an {@code int} in host order, 127.0.0.1 is {@code 0x7f000001}.
 *
 * <p><b>Locks.</b> {@code HostWorkers} has one lock, a stream connection one for its writers; the latter is held while the
 * socket blocks, which is what it is for. Nothing of another package is called under either.
 *
 * <p>Source: spec 3 sections 2 to 4 (timers, datagrams, connections), spec 6 section 10.2 (virtual threads).
 */
@NullMarked
package org.scoutfs.host;

import org.jspecify.annotations.NullMarked;
