package org.scoutfs.fs;

import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Keys;
import org.scoutfs.format.Limits;
import org.scoutfs.format.Timespec;
import org.scoutfs.item.ItemCache;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockRange;

/** Gives an inode another name, or a first one to one made without (spec 4 section 6.2). */
final class Links {
    private final FsContext fs;
    private final ItemCache items;
    private final Directories directories;

    Links(FsContext fs, Directories directories) {
        this.fs = fs;
        this.items = fs.items();
        this.directories = directories;
    }

    /**
     * Both inodes are pinned by the caller.
     *
     * @param unlinkedAllowed somebody else has made sure that an inode without links may be given one
     */
    void link(Inode inode, Inode dir, byte[] bytes, boolean unlinkedAllowed) throws FsException {
        Modification.checkWritable(fs);
        Directories.Name name = Directories.Name.of(bytes);
        try (Modification m = new Modification(fs)) {
            m.lock(dir, inode);
            InodeItem before = inode.item();
            if (Modes.isDirectory(before.mode())) {
                throw new FsException(Errno.EPERM);
            }
            Creation.requireLiving(dir.item());
            directories.requireAbsent(dir.ino(), name, m.group(dir));
            boolean first = before.nlink() == 0;
            if (first && (inode.dying || !(unlinkedAllowed || inode.linkable))) {
                throw new FsException(Errno.ENOENT);
            }
            if (before.nlink() == Limits.LINK_MAX) {
                throw new FsException(Errno.EMLINK);
            }
            ClusterLock orphans = first ? m.lockZone(LockRange.orphans()) : null;
            m.expect(dir, false);
            m.expect(inode, false);
            m.hold(true);

            items.dirty(dir.key(), m.group(dir));
            items.dirty(inode.key(), m.group(inode));
            Timespec now = fs.now();
            InodeItem changedDir = dir.copyForChange();
            InodeItem changed = inode.copyForChange();
            long pos = Directories.takePosition(changedDir);
            directories.create(dir.ino(), m.group(dir), name, pos, inode.ino(), m.group(inode), changed.mode());
            // from here on nothing fails
            if (orphans != null) {
                items.deleteForce(Keys.orphan(inode.ino()), orphans, m.group(inode));
            }
            changedDir.setSize(changedDir.size() + name.length());
            touch(changedDir, now);
            changed.setNlink(changed.nlink() + 1);
            changed.setCtime(now);
            changed.setVersion(changed.version() + 1);
            m.update(dir, changedDir, false);
            m.update(inode, changed, false);
        }
    }

    /** What every change of a directory's entries does to the directory. */
    static void touch(InodeItem dir, Timespec now) {
        dir.setMtime(now);
        dir.setCtime(now);
        dir.setVersion(dir.version() + 1);
    }
}
