/**
 * What a mount does for the volume in the background, on request of the server: merging log trees into the fs tree and compacting srch
 * files (spec 2 sections 9.4 and 10.4). Nothing written here is reachable before the server has accepted the answer.
 *
 * <p>Each worker has one platform thread, and each piece of work its own writer and allocator: nothing is shared with the open
 * transaction but the block cache. Workers are closed before the lock client and the connection (spec 3 section 14.2); closing waits for
 * the answer of a request under way. Locks: one per worker, under which it waits for the next time to ask.
 */
@NullMarked
package org.scoutfs.trans.work;

import org.jspecify.annotations.NullMarked;
