/**
 * The runtime directory of a mount, {@code /run/scoutfs/IDENT} (spec 5 sections 6.1 to 6.5): a tree of small files whose contents are made
 * when they are read, served by the mount's own daemon as a second FUSE mount.
 *
 * <p>{@link org.scoutfs.app.control.ControlVfs} is the tree as a file system and knows nothing of mounts; {@link
 * org.scoutfs.app.control.ControlTree} says which files there are. No locks are held while a file's contents are made or taken.
 */
@NullMarked
package org.scoutfs.app.control;

import org.jspecify.annotations.NullMarked;
