/**
 * The one door to a mounted volume, on floor 11: POSIX operations by inode number.
 *
 * <p>{@link org.scoutfs.vfs.Vfs} is what FUSE, the command line tools and embedding programs call. It adds to {@code fs} what the
 * kernel's VFS does for the reference: permission, sticky and type checks for callers whom no kernel has checked, and path walks.
 */
@NullMarked
package org.scoutfs.vfs;

import org.jspecify.annotations.NullMarked;
