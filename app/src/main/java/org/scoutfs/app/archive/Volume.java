package org.scoutfs.app.archive;

import java.util.List;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.ArchiveFiles.Waiting;
import org.scoutfs.vfs.ArchiveQueries.SeqEntry;

/**
 * What the agent needs of a mounted volume: files by inode number, never by path, so that renames do not matter. All threads. Numbers are
 * unsigned. Failures carry the errno of the call.
 */
interface Volume extends AutoCloseable {
    /** @param totalBytes of the data device; {@code freeBytes} of them as of the last commit */
    record Space(long totalBytes, long freeBytes) {
        int usedPercent() {
            return totalBytes == 0 ? 0 : (int) (100 - 100.0 * freeBytes / totalBytes);
        }
    }

    long fsid();

    /** Names this mount in messages and files, {@code f.FFFFFF.r.RRRRRR}. */
    String ident();

    /** Files by their latest change of contents, from a place on; only what no later call can put something before. */
    List<SeqEntry> changed(SeqEntry first, int limit) throws FsException;

    /** @throws FsException ESTALE if the inode has no name any more */
    VolumeFile open(long ino, Access access) throws FsException;

    /** Who waits on this mount for contents, strictly after a place, in order. */
    List<Waiting> waiting(long afterIno, long afterBlock, int limit) throws FsException;

    /** Ends the waits of this mount for a range of a file with EIO. @return how many */
    int failWaiting(long ino, long offset, long count) throws FsException;

    /** The existing inodes of the group of 1024 that an inode is in, also those without a name, ascending. */
    long[] group(long ino) throws FsException;

    Space space() throws FsException;

    /** A path from the root, or {@code inode N} if there is none; for messages. */
    String name(long ino);

    /** Everything that was done through this mount is durable on return. */
    void sync() throws FsException;

    /** Whether an inode can be opened: it has a name. */
    default boolean isOpenable(long ino) {
        try (VolumeFile _ = open(ino, Access.READ)) {
            return true;
        } catch (FsException e) {
            return e.errno() != Errno.ESTALE && e.errno() != Errno.ENOENT;
        }
    }

    /** Whether the mount answers at all. */
    boolean isAlive();

    @Override
    void close();

    /** How a file is opened. */
    enum Access {
        READ,
        /** Also to release and to stage. */
        WRITE
    }
}
