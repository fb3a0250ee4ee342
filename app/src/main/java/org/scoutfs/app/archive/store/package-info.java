/**
 * The archive directory: any mounted object, disk or tape store that keeps files, renames them at once, and makes them durable on fsync.
 *
 * <pre>
 * store                    the mark: id of this store and of the volume it belongs to; without it the directory is not touched
 * objects/HHH/LLL/NAME     contents of one file at one data version; a folder holds inodes of one group of 1024
 * tmp/                     objects that are being written
 * position                 how far the change index was followed
 * lock                     held, while it runs, by the one agent that archives and releases
 * status/IDENT             what the agent on the mount IDENT last said of itself
 * </pre>
 *
 * <p>An object never changes. It appears under its name when it is complete and durable, and its name holds the digest of the table
 * behind its contents, which holds the digest of each part: so any part is verified without reading the others, and whoever knows the name
 * knows the contents. Contents come first: {@code head -c SIZE NAME} restores a file without this program.
 */
@NullMarked
package org.scoutfs.app.archive.store;

import org.jspecify.annotations.NullMarked;
