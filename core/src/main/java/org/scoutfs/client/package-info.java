/**
 * The mount's conversation with the current server in terms of the file system, on floor 6: typed requests, and the server's requests
 * handed to those who answer them (spec 3 section 5).
 *
 * <ul>
 *   <li>{@link org.scoutfs.client.ServerClient} is all of it over one {@link org.scoutfs.net.ClientNetwork}.
 *   <li>{@link org.scoutfs.client.LockService}, {@link org.scoutfs.client.LogTreesService}, {@link org.scoutfs.client.RootsService}, {@link
 *       org.scoutfs.client.LogMergeService}, {@link org.scoutfs.client.SrchCompactService}: its parts as the floors above see them.
 *   <li>{@link org.scoutfs.client.LockMessageHandler}: what the lock client does about the server's messages.
 *   <li>{@link org.scoutfs.client.MountedClientItem}: the look at the device that ends a farewell whose answer was lost.
 * </ul>
 *
 * <p>Threads: requests are made by any thread and wait as long as it takes; FUSE readers are told before ({@link
 * org.scoutfs.host.BlockingAware}). The server's requests come on virtual threads of the network, for one lock key in order; what
 * answers them must not wait for the server. Locks: none of its own.
 */
@NullMarked
package org.scoutfs.client;

import org.jspecify.annotations.NullMarked;
