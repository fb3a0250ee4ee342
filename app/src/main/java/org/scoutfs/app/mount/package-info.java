/**
 * {@code scoutfs mount} and {@code scoutfs umount}: the daemon that holds one mount, and the commands that start and end it (spec 5
 * section 7).
 *
 * <p>{@link org.scoutfs.app.mount.MountCommand} runs either as the daemon itself ({@code -f}) or starts one in a session of its own and
 * waits for its word on a pipe: {@code ready} or {@code failed}.
 */
@NullMarked
package org.scoutfs.app.mount;

import org.jspecify.annotations.NullMarked;
