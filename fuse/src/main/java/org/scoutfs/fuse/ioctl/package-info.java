/**
 * The private ioctls (spec 5 section 2): which command numbers there are, their structures, and what each asks of {@link
 * org.scoutfs.vfs.ArchiveFiles} and {@link org.scoutfs.vfs.ArchiveQueries}, where its checks are made. Here are only those that come before:
 * how the descriptor was opened, privileges that are looked at before the caller's memory is.
 *
 * <p>Nothing here knows how an ioctl has come: {@link org.scoutfs.fuse.ioctl.IoctlCall} is what one sees of its caller. Structures are
 * little-endian; their tables stand at the methods that take them apart, as {@code name@offset}, eight bytes each unless another width
 * follows. Counts and lengths of a caller are unsigned and may be anything: no memory is taken by them. Answers of any length are asked for
 * and copied in pieces of bounded size, and nothing is held while the caller's memory is touched.
 */
@NullMarked
package org.scoutfs.fuse.ioctl;

import org.jspecify.annotations.NullMarked;
