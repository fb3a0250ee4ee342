/**
 * Contents of regular files: extents as items, allocation, reading and writing, truncation, and the memory that holds dirty and
 * clean pages (spec 4 section 8).
 *
 * <p><b>When a block exists.</b> There is no delayed allocation. A block is allocated and its extent written in the same hold in which its
 * contents enter memory as a dirty page, or the device directly. A commit writes all dirty pages and flushes the data device before
 * its metadata becomes reachable, so an extent never leads to foreign contents. Freed blocks go to data_freed and are not given out again
 * before a commit, which waits for all writes under way: so a page may still be on its way to a block that was freed meanwhile.
 *
 * <p><b>Who excludes whom.</b> Changes of one file are serialised by the inode's mutex and its group lock in WRITE, see {@link
 * org.scoutfs.fs.Modification}. Readers take the group lock in READ only, which a mount that has WRITE also grants, and so run beside
 * a writer of the same mount:
 *
 * <ul>
 *   <li>Mapping a block and putting its page into memory happen under the exclusive side of the inode's extent lock ({@link
 *       org.scoutfs.fs.data.ExtentLocks}); readers look for the page and the extent together under its shared side. So nobody reads a
 *       block from the device before it was written.
 *   <li>A reader transfers from the device without any lock. If extents were removed meanwhile ({@link
 *       org.scoutfs.fs.data.ChangeStamps}) what it read may belong to another file, and it reads again.
 *   <li>What a reader puts into memory as a clean page is dropped if the block was written or removed since it looked.
 * </ul>
 *
 * <p><b>Offline contents.</b> Whoever needs blocks that are offline registers in {@link org.scoutfs.fs.data.OfflineWaits} under the group
 * lock, gives up everything and begins again when told; nothing was changed before. Exempt is what the kernel writes back from a mapping: a
 * revocation waits for it. {@link org.scoutfs.fs.data.Release}, {@link org.scoutfs.fs.data.Staging}, {@link org.scoutfs.fs.data.OfflinePunch} and
 * {@link org.scoutfs.fs.data.BlockMove} move blocks between online and offline in batches of one hold each; none moves data_seq or times
 * of what it stages into. They finish a truncate that a crash interrupted, as everything does that maps blocks.
 *
 * <p><b>Lock order</b>, after that of {@link org.scoutfs.fs}: transaction hold, extent lock, then one of the leaves: monitor of a {@link
 * org.scoutfs.fs.data.CachedFile}, the frames' lock inside of it, the page cache's lock, the lock of {@link
 * org.scoutfs.fs.data.OfflineWaits}. No leaf is held across device I/O. Waiting for room in the page cache and for the end of a write needs
 * only the workers, which take none of the locks above, so it may happen anywhere.
 */
@NullMarked
package org.scoutfs.fs.data;

import org.jspecify.annotations.NullMarked;
