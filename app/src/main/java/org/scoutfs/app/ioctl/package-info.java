/**
 * The caller's side of the private ioctls (spec 5 section 2): typed questions and orders to a mount, through the kernel.
 *
 * <p>{@link org.scoutfs.app.ioctl.IoctlFile} is an open file with one method for each ioctl, named as in {@code vfs.ArchiveFiles} and
 * {@code vfs.ArchiveQueries} and with their records. It works on a FUSE mount of this implementation and as well on one of the kernel
 * module: it knows nothing but the numbers and structures of the interface. One call is one ioctl with a bounded buffer; whoever wants all
 * of a long answer asks again from behind the last entry. Errors are those of the kernel, without a text: the caller knows what it wanted.
 */
@NullMarked
package org.scoutfs.app.ioctl;

import org.jspecify.annotations.NullMarked;
