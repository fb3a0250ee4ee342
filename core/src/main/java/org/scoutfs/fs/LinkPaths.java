package org.scoutfs.fs;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;

/**
 * From an inode to its names and paths, through link backrefs (spec 4 section 12, INO_PATH and GET_REFERRING_ENTRIES). Links are in order
 * of (directory, position); a position among them is such a pair. Each step reads under a lock of its own, so a path may never have
 * existed as a whole.
 */
public final class LinkPaths {
    private static final long ROOT = 1;
    private static final int RESTARTS = 10;
    /** Longest path, with a NUL behind it, that callers can be told. */
    private static final int PATH_BYTES_MAX = 65535;

    private static final int LINKS_PER_LOCK = 1024;

    private final FsContext fs;
    private final Directories directories;

    /** A link and the way to it: names from below the root to the link's own, separated by slashes. */
    @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
    public record LinkPath(long dir, long pos, byte[] path) {}

    LinkPaths(FsContext fs, Directories directories) {
        this.fs = fs;
        this.directories = directories;
    }

    /** Up to {@code limit} links at or after a position. */
    public List<Link> links(long ino, long dir, long pos, int limit) throws FsException {
        List<Link> links = new ArrayList<>();
        long atDir = dir;
        long atPos = pos;
        while (links.size() < limit) {
            int wanted = Math.min(limit - links.size(), LINKS_PER_LOCK);
            int before = links.size();
            collect(ino, atDir, atPos, wanted, links);
            if (links.size() < before + wanted) {
                break;
            }
            Link last = links.getLast();
            atDir = last.dir();
            atPos = last.entry().pos() + 1;
        }
        return links;
    }

    private void collect(long ino, long dir, long pos, int count, List<Link> links) throws FsException {
        long atDir = dir;
        long atPos = pos;
        ClusterLock group = fs.locks().lockInode(ino, LockMode.READ);
        try {
            for (int i = 0; i < count; i++) {
                Link link = directories.nextLink(ino, atDir, atPos, group);
                if (link == null) {
                    return;
                }
                links.add(link);
                atDir = link.dir();
                // positions end before the greatest number
                atPos = link.entry().pos() + 1;
            }
        } finally {
            group.unlock(LockMode.READ);
        }
    }

    private @Nullable Link next(long ino, long dir, long pos) throws FsException {
        ClusterLock group = fs.locks().lockInode(ino, LockMode.READ);
        try {
            return directories.nextLink(ino, dir, pos, group);
        } finally {
            group.unlock(LockMode.READ);
        }
    }

    /**
     * The first link at or after a position and a path to it.
     *
     * @throws FsException ENOENT if there is no such link, ENAMETOOLONG for a path of more than 65534 bytes, ELOOP if directories above
     *     keep vanishing
     */
    public LinkPath path(long ino, long dir, long pos) throws FsException {
        for (int attempt = 0; attempt <= RESTARTS; attempt++) {
            Link link = next(ino, dir, pos);
            if (link == null) {
                throw new FsException(Errno.ENOENT);
            }
            byte[] path = climb(link);
            if (path != null) {
                return new LinkPath(link.dir(), link.entry().pos(), path);
            }
        }
        throw new FsException(Errno.ELOOP, "directories above inode " + ino + " keep vanishing");
    }

    /** Null if a directory on the way has no link any more. */
    private byte @Nullable [] climb(Link link) throws FsException {
        List<byte[]> names = new ArrayList<>();
        names.add(link.entry().name());
        int length = link.entry().name().length;
        long at = link.dir();
        while (at != ROOT) {
            Link up = next(at, 0, 0);
            if (up == null) {
                return null;
            }
            names.add(up.entry().name());
            length += 1 + up.entry().name().length;
            if (length + 1 > PATH_BYTES_MAX) {
                throw new FsException(Errno.ENAMETOOLONG);
            }
            at = up.dir();
        }
        return join(names, length);
    }

    /** Names from the last one to the first one with slashes between them. */
    private static byte[] join(List<byte[]> names, int length) {
        byte[] path = new byte[length];
        int at = 0;
        for (byte[] name : names.reversed()) {
            if (at > 0) {
                path[at++] = '/';
            }
            System.arraycopy(name, 0, path, at, name.length);
            at += name.length;
        }
        return path;
    }
}
