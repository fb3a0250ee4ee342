package org.scoutfs.fs;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;

/**
 * The way from a directory up to the root through link backrefs, and the check that a rename makes no loop (spec 4 section 5.4). Under
 * the rename lock the way can only end early, because a directory on it was removed.
 */
final class Ancestors {
    private static final int RETRIES = 10;
    private static final long ROOT = 1;

    private final FsContext fs;
    private final Directories directories;

    Ancestors(FsContext fs, Directories directories) {
        this.fs = fs;
        this.directories = directories;
    }

    /** The parent of a directory; of the root and of a removed directory itself. */
    long parent(long dir) throws FsException {
        if (dir == ROOT) {
            return ROOT;
        }
        long parent = backref(dir);
        return parent == 0 ? dir : parent;
    }

    /**
     * Whether an entry may move from {@code oldDir} to {@code newDir}. Called under the rename lock.
     *
     * @param source inode that moves
     * @param target inode that it replaces, 0 if none
     * @throws FsException EINVAL if the source is an ancestor of its new directory, ENOTEMPTY if the target is one of its old
     *     directory, ENOENT if one of the directories was removed, ELOOP if directories above keep vanishing
     */
    void check(long oldDir, long newDir, long source, long target) throws FsException {
        List<Long> toNew = path(newDir);
        if (toNew.contains(source)) {
            throw new FsException(Errno.EINVAL, "a directory cannot move into itself");
        }
        if (target != 0 && path(oldDir).contains(target)) {
            throw new FsException(Errno.ENOTEMPTY);
        }
    }

    /** {@code dir} and all directories above it. */
    private List<Long> path(long dir) throws FsException {
        for (int attempt = 0; attempt < RETRIES; attempt++) {
            List<Long> path = tryPath(dir);
            if (path != null) {
                return path;
            }
        }
        throw new FsException(Errno.ELOOP, "directories above inode " + dir + " keep vanishing");
    }

    private @Nullable List<Long> tryPath(long dir) throws FsException {
        List<Long> path = new ArrayList<>();
        long at = dir;
        path.add(at);
        while (at != ROOT) {
            long parent = backref(at);
            if (parent == 0) {
                if (at == dir) {
                    throw new FsException(Errno.ENOENT, "the directory was removed");
                }
                return null;
            }
            if (path.contains(parent)) {
                throw new FsException(Errno.ELOOP, "directory inode " + parent + " is its own ancestor");
            }
            at = parent;
            path.add(at);
        }
        return path;
    }

    private long backref(long ino) throws FsException {
        ClusterLock group = fs.locks().lockInode(ino, LockMode.READ);
        try {
            return directories.parent(ino, group);
        } finally {
            group.unlock(LockMode.READ);
        }
    }
}
