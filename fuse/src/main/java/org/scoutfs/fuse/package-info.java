/**
 * The kernel's door: FUSE, spoken directly over {@code /dev/fuse} and io_uring (spec 6).
 *
 * <p><b>Requests.</b> A few {@link org.scoutfs.fuse.Reader} threads each wait at a {@link org.scoutfs.fuse.Source}, the device or the {@link
 * org.scoutfs.fuse.RingQueue} of a processor, have the {@link org.scoutfs.fuse.Dispatcher} execute what comes, on {@link
 * org.scoutfs.vfs.Vfs}, and answer from the same thread. One that is about to wait is replaced by another ({@link
 * org.scoutfs.fuse.ReaderPool}).
 *
 * <p><b>Kernel caches.</b> Replies let the kernel keep names, attributes and pages for a day. {@link org.scoutfs.fuse.RevocationLog} decides
 * whether a reply may, {@link org.scoutfs.fuse.KernelInodes} and {@link org.scoutfs.fuse.GivenNames} remember what was given, and {@link
 * org.scoutfs.fuse.KernelCache} takes it back when a cluster lock goes, through the threads of {@link org.scoutfs.fuse.Notifier}.
 *
 * <p><b>Rules.</b> A notification is never sent from a reader, nor under a lock. Nothing here touches the mount itself. Node ids follow
 * from inode numbers ({@link org.scoutfs.fuse.NodeId}). No reply carries an errno outside 0..511, and each request that wants an answer gets one.
 *
 * <p><b>Locks</b>, each held for memory accesses only, in this order: {@code GivenNames} stripe, {@code KernelInodes} stripe. All others ({@code
 * ReaderPool}, {@code Notifier}, {@code NotificationBatch}, {@code Handles}, {@code MappableFiles}, {@code MappableFile}, {@code
 * RevocationLog}) are taken alone.
 */
@NullMarked
package org.scoutfs.fuse;

import org.jspecify.annotations.NullMarked;
