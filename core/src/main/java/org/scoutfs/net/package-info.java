/**
 * Messages between clients and the server over TCP: framing, greeting, numbering, acknowledgement, resending; on floor 4.
 *
 * <p>Source: spec 3 section 4. The structures are in {@link org.scoutfs.format.wire}.
 *
 * <h2>What is here</h2>
 *
 * <ul>
 *   <li>{@link org.scoutfs.net.Association}: one conversation between a client mount and the server of one term. It outlives its
 *       sockets: what was queued is sent again over the next one, and what arrives twice is dropped. Exactly once within one
 *       association, at least once over servers.
 *   <li>{@link org.scoutfs.net.ClientNetwork}: the client's end. One association over many sockets and many servers; finds the
 *       server, connects, greets, says farewell, notices that it was evicted.
 *   <li>{@link org.scoutfs.net.ServerNetwork}: the server's end. Listens, greets, one association per rid, waits for clients that
 *       lost their socket, evicts.
 *   <li>{@link org.scoutfs.net.RequestHandler} and {@link org.scoutfs.net.Request}, {@link org.scoutfs.net.ResponseHandler} and {@link
 *       org.scoutfs.net.Response}: what the packages above see of a message.
 *   <li>{@link org.scoutfs.net.ServerEvents}, {@link org.scoutfs.net.ClientEvents}, {@link org.scoutfs.net.ServerLocator}, {@link
 *       org.scoutfs.net.MountedClientLookup}: what the packages above must know for this one.
 * </ul>
 *
 * <h2>Threads</h2>
 *
 * Each socket has two virtual threads, a reader and a writer, and nothing else reads or writes it. The reader only takes frames apart:
 * it never waits for what a message causes, except that it stops reading while more than {@value
 * org.scoutfs.net.Dispatcher#LIMIT} messages of the association are being handled or waiting to be sent. Each received request and
 * each response to {@code send} is handled on a virtual thread of its own, in no order; on the client, LOCK messages are handled in
 * arrival order per lock key. {@code call} is completed by the reader itself. Handlers may block, but <b>must not wait for a message
 * of their own association</b>: a client waits for its handlers before it connects again, so that nothing of an old server is
 * processed after the new one was greeted.
 *
 * <h2>Locks</h2>
 *
 * {@code ServerPeers} or {@code ClientNetwork} → {@code Association} → {@code Dispatcher}; {@code ServerNetwork} alone. No lock is held
 * while a socket is read or written or a callback runs; sockets are closed under {@code ServerPeers}.
 *
 * <h2>What is bounded</h2>
 *
 * Frames (1132 bytes), messages per write (16), handlers per association, sockets without greeting, time to send a greeting, unacknowledged
 * responses. Requests are bounded by who makes them: one per waiting caller, one per lock.
 */
@NullMarked
package org.scoutfs.net;

import org.jspecify.annotations.NullMarked;
