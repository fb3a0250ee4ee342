package org.scoutfs.fs;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Dirent;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Key;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.format.Zones;
import org.scoutfs.item.Item;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;

/**
 * From names and numbers to inodes (spec 4 sections 2.3, 5.3). The directory's lock is given back before the inode is touched: numbers
 * are never used again, so what the name meant cannot turn into something else meanwhile.
 */
final class InodeLookup {
    private final FsContext fs;
    private final Directories directories;

    InodeLookup(FsContext fs, Directories directories) {
        this.fs = fs;
        this.directories = directories;
    }

    /** What one does with an inode while its group is locked. */
    @FunctionalInterface
    interface Reader<T extends @Nullable Object> {
        T read(Inode inode, InodeItem item, ClusterLock group) throws FsException;
    }

    /** The number that {@code name} has in {@code dir}; ENOENT if there is no such name. */
    long find(long dir, Directories.Name name) throws FsException {
        ClusterLock group = fs.locks().lockInode(dir, LockMode.READ);
        try {
            Dirent entry = directories.find(dir, name, group);
            if (entry == null) {
                throw new FsException(Errno.ENOENT);
            }
            return entry.ino();
        } finally {
            group.unlock(LockMode.READ);
        }
    }

    /**
     * The inode, pinned: the caller unpins it.
     *
     * @param linkedOnly one without links does not count
     * @throws FsException ENOENT if there is none
     */
    Inode get(long ino, boolean linkedOnly) throws FsException {
        Inode inode = fs.inodes().pin(ino);
        boolean done = false;
        try {
            read(inode, linkedOnly, (i, item, group) -> item);
            done = true;
        } finally {
            if (!done) {
                fs.inodes().unpin(inode);
            }
        }
        return inode;
    }

    /** Reads a pinned inode under its lock, refreshed; ENOENT if it does not exist. */
    <T extends @Nullable Object> T read(Inode inode, boolean linkedOnly, Reader<T> reader) throws FsException {
        ClusterLock group = fs.locks().lockInode(inode.ino(), LockMode.READ);
        try {
            InodeItem item = inode.refresh(fs.items(), group);
            if (item.nlink() == 0 && (linkedOnly || inode.dying)) {
                throw new FsException(Errno.ENOENT);
            }
            return reader.read(inode, item, group);
        } finally {
            group.unlock(LockMode.READ);
        }
    }

    /** Reads an inode under its lock, refreshed; ENOENT if it does not exist. */
    <T extends @Nullable Object> T read(long ino, Reader<T> reader) throws FsException {
        Inode inode = fs.inodes().pin(ino);
        try {
            return read(inode, false, reader);
        } finally {
            fs.inodes().unpin(inode);
        }
    }

    /** Attributes of an inode, with its lookup count raised; ENOENT if it does not exist or has no links. */
    Attributes lookup(long ino) throws FsException {
        Inode inode = fs.inodes().pin(ino);
        try {
            Attributes attributes = read(inode, true, (i, item, group) -> i.attributes());
            // pinned until it counts: at no moment does the open map miss it
            fs.inodes().lookups().increment(ino);
            return attributes;
        } finally {
            fs.inodes().unpin(inode);
        }
    }

    Attributes getattr(long ino) throws FsException {
        return read(ino, (inode, item, group) -> inode.attributes());
    }

    /** Numbers at or after {@code start} in its group that have any item, ascending, at most {@code limit}. */
    long[] numbersInUse(long start, int limit) throws FsException {
        long[] found = new long[Math.min(limit, VolumeLayout.LOCK_GROUP_SIZE)];
        int count = 0;
        ClusterLock group = fs.locks().lockInode(start, LockMode.READ);
        try {
            Key last = group.range().end();
            Key at = new Key(Zones.FS, start, 0, 0, 0, 0);
            while (count < found.length) {
                Item item = fs.items().next(at, last, group);
                if (item == null) {
                    break;
                }
                long ino = item.key().first();
                found[count++] = ino;
                if (ino == last.first()) {
                    break;
                }
                at = new Key(Zones.FS, ino + 1, 0, 0, 0, 0);
            }
        } finally {
            group.unlock(LockMode.READ);
        }
        return Arrays.copyOf(found, count);
    }
}
