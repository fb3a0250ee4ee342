/**
 * Srch files, on floor 3: an index from xattr names to inodes that nobody keeps up to date in place (spec 1 section 13, spec 2 section
 * 10).
 *
 * <p>A mount appends an entry (hash of the name, inode, xattr id) when a searchable xattr appears, and the same entry again when it goes:
 * <b>an entry twice is no entry</b>. Logs that have grown become files in srch_root; mounts merge four files into one, over and over, so
 * that a search looks at few files. Each step (append, rotate, merge, delete) may be cut by a crash: an entry is then in exactly one file
 * of the committed set, or in two and thereby absent.
 *
 * <ul>
 *   <li>{@link org.scoutfs.srch.SrchFileWriter} appends, in a transaction or for a merge; {@link org.scoutfs.srch.SrchCursor} reads.
 *   <li>{@link org.scoutfs.srch.SrchSearch} searches what is committed.
 *   <li>{@link org.scoutfs.srch.SrchCompactor} does a mount's part of a compaction.
 *   <li>{@link org.scoutfs.srch.SrchCompactions} moves items in srch_root for the server; it keeps no state.
 * </ul>
 *
 * <p>Memory is bounded everywhere: a search remembers a million entries and goes on from there, a merge of logs sorts half a million at a
 * time and writes out every 32 MiB.
 *
 * <p>Locks: none here. Appending is under one mutex of the transaction's; searches and compactions have their own state. Blocks are
 * pinned while they are read and written, the last leaf of a log until {@code prepareCommit}.
 */
@NullMarked
package org.scoutfs.srch;

import org.jspecify.annotations.NullMarked;
