package org.scoutfs.fs;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Dirent;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Keys;
import org.scoutfs.format.Timespec;
import org.scoutfs.item.ItemCache;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;
import org.scoutfs.lock.LockRange;

/** Takes a name away: unlink and rmdir (spec 4 section 6.3). The inode is deleted when its last user is gone. */
final class Removal {
    /** How often a name may have come to mean another inode between looking it up and locking both. */
    static final int ATTEMPTS = 100;

    private static final byte[] NO_VALUE = new byte[0];

    private final FsContext fs;
    private final ItemCache items;
    private final Directories directories;

    Removal(FsContext fs, Directories directories) {
        this.fs = fs;
        this.items = fs.items();
        this.directories = directories;
    }

    /**
     * @param dir pinned by the caller
     * @param directory rmdir; else unlink
     */
    void remove(Inode dir, byte[] bytes, boolean directory) throws FsException {
        Modification.checkWritable(fs);
        Directories.Name name = Directories.Name.of(bytes);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Dirent seen = peek(dir.ino(), name);
            if (seen == null) {
                throw new FsException(Errno.ENOENT);
            }
            Inode inode = fs.inodes().pin(seen.ino());
            try {
                if (tryRemove(dir, inode, name, directory)) {
                    return;
                }
            } finally {
                fs.inodes().unpin(inode);
            }
        }
        throw new FsException(Errno.ESTALE);
    }

    /** What the name means now; the answer may be old as soon as it is given. */
    @Nullable
    Dirent peek(long dir, Directories.Name name) throws FsException {
        ClusterLock group = fs.locks().lockInode(dir, LockMode.READ);
        try {
            return directories.find(dir, name, group);
        } finally {
            group.unlock(LockMode.READ);
        }
    }

    private boolean tryRemove(Inode dir, Inode inode, Directories.Name name, boolean directory) throws FsException {
        try (Modification m = new Modification(fs)) {
            try {
                m.lock(dir, inode);
            } catch (FsException e) {
                if (e.errno() == Errno.ENOENT) {
                    return gone(dir, inode, name);
                }
                throw e;
            }
            Dirent entry = directories.find(dir.ino(), name, m.group(dir));
            if (entry == null) {
                throw new FsException(Errno.ENOENT);
            }
            if (entry.ino() != inode.ino()) {
                return false;
            }
            check(inode.item(), directory);
            boolean last = directory || inode.item().nlink() == 1;
            ClusterLock orphans = last ? m.lockZone(LockRange.orphans()) : null;
            m.expect(dir, false);
            m.expect(inode, false);
            m.hold(false);
            items.dirty(dir.key(), m.group(dir));
            items.dirty(inode.key(), m.group(inode));
            directories.dirty(dir.ino(), m.group(dir), entry, m.group(inode));
            // from here on nothing fails
            if (orphans != null) {
                items.createForce(Keys.orphan(inode.ino()), NO_VALUE, orphans, m.group(inode));
            }
            directories.delete(dir.ino(), m.group(dir), entry, m.group(inode));
            update(m, dir, inode, name, directory);
            return true;
        }
    }

    /** One of the two inodes was deleted meanwhile, or the entry names one that does not exist. */
    private boolean gone(Inode dir, Inode inode, Directories.Name name) throws FsException {
        Dirent now = peek(dir.ino(), name);
        if (now == null || now.ino() == inode.ino()) {
            throw new FsException(Errno.ENOENT);
        }
        return false;
    }

    private static void check(InodeItem item, boolean directory) throws FsException {
        boolean isDirectory = Modes.isDirectory(item.mode());
        if (directory && !isDirectory) {
            throw new FsException(Errno.ENOTDIR);
        }
        if (!directory && isDirectory) {
            throw new FsException(Errno.EISDIR);
        }
        if (directory && item.size() != 0) {
            throw new FsException(Errno.ENOTEMPTY);
        }
        if ((item.flags() & InodeItem.FLAG_RETENTION) != 0) {
            throw new FsException(Errno.EPERM);
        }
    }

    private void update(Modification m, Inode dir, Inode inode, Directories.Name name, boolean directory)
            throws FsException {
        Timespec now = fs.now();
        InodeItem changedDir = dir.copyForChange();
        changedDir.setSize(changedDir.size() - name.length());
        if (directory) {
            changedDir.setNlink(changedDir.nlink() - 1);
        }
        Links.touch(changedDir, now);
        m.update(dir, changedDir, false);
        InodeItem changed = inode.copyForChange();
        unlinked(changed, now);
        m.update(inode, changed, false);
    }

    /** One name less; a directory has only one. */
    static void unlinked(InodeItem item, Timespec now) {
        item.setNlink(Modes.isDirectory(item.mode()) ? item.nlink() - 2 : item.nlink() - 1);
        item.setCtime(now);
        item.setVersion(item.version() + 1);
    }
}
