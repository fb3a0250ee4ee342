/**
 * The metadata block cache of a mount, and the blocks at fixed places, on floor 1.
 *
 * <p>{@link org.scoutfs.block.BlockCache} turns a reference (number and random seq) into verified, pinned bytes, makes blocks dirty under
 * new numbers, and writes them out. {@link org.scoutfs.block.SuperBlockFile} and {@link org.scoutfs.block.QuorumBlockFile} read and write
 * the only blocks that are ever overwritten in place. {@link org.scoutfs.block.MetaDevice} is what they share: the device, the threads that
 * transfer, and the switch that ends all writing. {@link org.scoutfs.block.BlockAllocator} is what a writer of blocks needs of the floor
 * above; {@link org.scoutfs.block.StaleCheck} tells a reader that was too slow from corruption.
 *
 * <p><b>Invariants.</b>
 *
 * <ul>
 *   <li>The bytes of a block that is not dirty never change. A writer that takes over a number puts a new object in the cache.
 *   <li>Checksum, type, fsid, seq and number are compared in one place, {@link org.scoutfs.block.BlockCache#read}; every mismatch is
 *       ESTALE and none is EIO. Only the device makes EIO.
 *   <li>A block is removed from the cache by identity and once. Its memory is used again when its last pin is closed.
 *   <li>A dirty block is in one writer, is never evicted, and is not re-read.
 *   <li>Blocks are sealed and written only in {@code writeAll}; what it returns for is stable.
 *   <li>Memory never exceeds {@link org.scoutfs.block.CacheLimits#maxBytes()}.
 * </ul>
 *
 * <p><b>Threads.</b> Readers need no lock. Changes, write-out and forgetting of one {@link org.scoutfs.block.BlockWriter} are serialised by
 * its owner. Transfers run on platform threads called {@code meta-io-N} when the caller is virtual, and always for a write-out of more than
 * one run. They never wait for each other.
 *
 * <p><b>Locks.</b> The slab's, then a stripe of the map. Both are leaves, held for no I/O and for no call to another package. Waiting for a
 * read of another thread is on a latch of the block, with no lock held.
 *
 * <p>Source: spec 1 sections 2, 3, 6 and 7; spec 2 sections 1, 2 and 13.
 */
@NullMarked
package org.scoutfs.block;

import org.jspecify.annotations.NullMarked;
