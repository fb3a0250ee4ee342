/**
 * {@code scoutfs archive}: a reference archive agent. It follows what changes into a {@link org.scoutfs.app.archive.store store}, frees the
 * space of what is archived, and brings back what somebody waits for.
 *
 * <p>{@link org.scoutfs.app.archive.Volume} is all that it needs of a mount, files by inode number;
 * {@link org.scoutfs.app.archive.MountedVolume} does that with the ioctls of spec 5 section 2, so it works on a mount of the kernel module as
 * well. Per mount there is one {@link org.scoutfs.app.archive.AgentSession}: an {@link org.scoutfs.app.archive.Archiver} and a
 * {@link org.scoutfs.app.archive.Releaser} in the one agent that holds the lock of the store, a {@link org.scoutfs.app.archive.Stager} in
 * every one, since a mount tells only of those who wait on itself. No locks between these: what protects is the version that each call names.
 *
 * <h2>What holds at any moment</h2>
 *
 * <ol>
 *   <li>An object is durable before a record names it; a record is durable before the position is behind its file.
 *   <li>A file is released only at the version that its record names, with an object that is there and whose table is sound.
 *   <li>What an offline block held does not change until it is back: all but fallocate waits for it. A record is never replaced while the
 *       agent sees offline blocks.
 *   <li>No byte goes back whose checksum was not compared.
 * </ol>
 *
 * <h2>Races</h2>
 *
 * <pre>
 * meanwhile                        while                     guard
 * written, truncated               it is copied              version compared after the copy: no record; its later seq shows it again
 * written, truncated               the record is set         the record is of an older version: nothing is released by it
 * written, truncated               it is released            RELEASE compares the version in the volume: ESTALE, left alone
 * written, truncated               it comes back             both wait for all they touch. Then STAGE: ESTALE; looked at again
 * truncated to 0                   it comes back             does not wait. STAGE: ESTALE; nothing offline is left
 * grown by fallocate               it is offline             new version, old contents: Locator takes the recorded object (no smaller,
 *                                                            same mtime); to archive the new version it is brought back first
 * renamed, linked                  at any moment             files are opened by inode number
 * unlinked                         it is copied              the open file is copied on; an object that prune takes away
 * unlinked                         somebody waits            can be opened no more: the wait ends with EIO
 * made without a name, linked      before or after a look    a link is no change of contents: such inodes are kept to be looked at again
 * executed                         it comes back             cannot be opened for writing: blocks are moved in from a file without a name
 * executed                         it is to be released      kept
 * stored through a mapping         it is copied              the store reaches the volume as a write later: next version
 * released again                   it comes back             three rounds, then put off and told; nobody's wait fails by it
 * released by hand, unarchived     at any moment             no object of that version: EIO, never older contents
 * attribute copied to another file at any moment             record names its inode and its store
 * two agents archive               the lock does not work    same object, same record; a late older record is seen through by version
 * agent killed                     it copies                 rest in tmp/, taken away by prune; the position is where it was
 * agent killed                     object there, no record   copied again
 * agent killed                     it comes back             the waits are still there for the next agent
 * daemon killed                    record not committed      the position was not saved either: sync comes before
 * daemon killed                    release not committed     the file is online, its record is older than the release: commits are in order
 * daemon killed                    write not committed       the version can come again with other contents: other digest, other object
 * store not mounted                at any moment             its mark is missing: nothing counts as missing, who waits goes on waiting
 * object damaged or lost           somebody waits            EIO for those who wait for that part, with a line in the log and a count
 * data device full                 it comes back             who waits goes on waiting; the watermark makes room
 * pruned                           its record is being set   objects younger than a limit stay, and those of the present version
 * </pre>
 */
@NullMarked
package org.scoutfs.app.archive;

import org.jspecify.annotations.NullMarked;
