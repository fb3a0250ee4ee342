package org.scoutfs.fs;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Dirent;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Keys;
import org.scoutfs.format.Limits;
import org.scoutfs.format.Timespec;
import org.scoutfs.item.ItemCache;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockRange;

/**
 * Makes inodes: create, mknod, mkdir, symlink, tmpfile (spec 4 section 6.1). The name is validated right after locking, before
 * anything is made, and nothing is made in a directory that was removed.
 */
final class Creation {
    private static final byte[] NO_VALUE = new byte[0];

    private final FsContext fs;
    private final ItemCache items;
    private final InodeNumbers numbers;
    private final Directories directories;
    private final SymlinkTargets symlinks;
    private final AccessControl access;
    private final ExtendedAttributes xattrs;
    private final QuotaCheck quota;

    Creation(
            FsContext fs,
            InodeNumbers numbers,
            Directories directories,
            SymlinkTargets symlinks,
            AccessControl access,
            ExtendedAttributes xattrs,
            QuotaCheck quota) {
        this.fs = fs;
        this.items = fs.items();
        this.numbers = numbers;
        this.directories = directories;
        this.symlinks = symlinks;
        this.access = access;
        this.xattrs = xattrs;
        this.quota = quota;
    }

    /**
     * What is to be made.
     *
     * @param name null for a file without a name
     * @param mode type and permission bits before umask and ACLs
     * @param target of a symlink, else null
     * @param linkable for a file without a name: it may be given one
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Request(Directories.@Nullable Name name, int mode, int rdev, byte @Nullable [] target, boolean linkable) {
        static Request of(byte[] name, int mode, int rdev) throws FsException {
            return new Request(Directories.Name.of(name), mode, rdev, null, false);
        }

        static Request symlink(byte[] name, byte[] target) throws FsException {
            Directories.Name checked = Directories.Name.of(name);
            SymlinkTargets.check(target);
            return new Request(checked, Modes.S_IFLNK | 0777, 0, target, false);
        }

        static Request tmpfile(int mode, boolean linkable) {
            return new Request(null, Modes.S_IFREG | (mode & Modes.PERMISSIONS), 0, null, linkable);
        }

        boolean isDirectory() {
            return Modes.isDirectory(mode);
        }
    }

    /** The new inode, pinned: the caller unpins it. */
    Inode create(Credentials who, Inode dir, Request request) throws FsException {
        Modification.checkWritable(fs);
        Inode inode = fs.inodes().pin(numbers.allocate(request.isDirectory()));
        boolean done = false;
        try (Modification m = new Modification(fs)) {
            m.lockWithNew(inode, dir);
            create(m, who, dir, inode, request);
            done = true;
        } finally {
            if (!done) {
                fs.inodes().unpin(inode);
            }
        }
        return inode;
    }

    private void create(Modification m, Credentials who, Inode dir, Inode inode, Request request) throws FsException {
        InodeItem before = dir.item();
        requireLiving(before);
        Directories.Name name = request.name();
        ClusterLock dirGroup = m.group(dir);
        if (name != null) {
            directories.requireAbsent(dir.ino(), name, dirGroup);
        }
        if (request.isDirectory() && before.nlink() == Limits.LINK_MAX) {
            throw new FsException(Errno.EMLINK);
        }
        AccessControl.Inheritance inherited = access.inherit(dir, dirGroup, request.mode(), who.umask());
        InodeItem item = newItem(who, before, request, inherited.mode());
        quota.check(QuotaCheck.OP_INODE, before.proj(), item.uid(), item.gid());
        ClusterLock orphans = name == null ? m.lockZone(LockRange.orphans()) : null;
        m.expectNew(inode);
        m.expect(dir, false);
        m.hold(true);

        items.dirty(dir.key(), dirGroup);
        InodeItem changed = dir.copyForChange();
        setTimes(item, changed, request);
        if (name != null) {
            link(m, dir, changed, inode, item, name);
        }
        boolean done = false;
        try {
            fill(m, inode, item, request, inherited);
            done = true;
        } finally {
            if (!done && name != null) {
                removeNewLink(m, dir, changed, inode, name);
            }
        }
        // from here on nothing fails: what is changed is dirty, and what is written blindly is covered
        if (orphans != null) {
            items.createForce(Keys.orphan(inode.ino()), NO_VALUE, orphans, m.group(inode));
            inode.linkable = request.linkable();
        }
        m.update(dir, changed, false);
    }

    static void requireLiving(InodeItem dir) throws FsException {
        if (!Modes.isDirectory(dir.mode())) {
            throw new FsException(Errno.ENOTDIR);
        }
        if (dir.nlink() == 0) {
            throw new FsException(Errno.ENOENT, "the directory was removed");
        }
    }

    private InodeItem newItem(Credentials who, InodeItem dir, Request request, int mode) {
        InodeItem item = new InodeItem();
        boolean groupOfDirectory = (dir.mode() & Modes.S_ISGID) != 0;
        item.setUid(who.uid());
        item.setGid(groupOfDirectory ? dir.gid() : who.gid());
        item.setMode(groupOfDirectory && request.isDirectory() ? mode | Modes.S_ISGID : mode);
        item.setRdev(request.rdev());
        item.setProj(dir.proj());
        item.setNextReaddirPos(Limits.FIRST_DIRENT_POS);
        if (request.name() == null) {
            item.setNlink(0);
        } else {
            item.setNlink(request.isDirectory() ? 2 : 1);
        }
        byte[] target = request.target();
        item.setSize(target == null ? 0 : target.length + 1);
        return item;
    }

    private void setTimes(InodeItem item, InodeItem dir, Request request) {
        Timespec now = fs.now();
        item.setAtime(now);
        item.setMtime(now);
        item.setCtime(now);
        item.setCrtime(now);
        item.setVersion(1);
        if (request.name() != null) {
            dir.setMtime(now);
            dir.setCtime(now);
            dir.setVersion(dir.version() + 1);
        }
    }

    private void link(Modification m, Inode dir, InodeItem dirItem, Inode inode, InodeItem item, Directories.Name name)
            throws FsException {
        long pos = Directories.takePosition(dirItem);
        directories.create(dir.ino(), m.group(dir), name, pos, inode.ino(), m.group(inode), item.mode());
        dirItem.setSize(dirItem.size() + name.length());
        if (Modes.isDirectory(item.mode())) {
            dirItem.setNlink(dirItem.nlink() + 1);
        }
    }

    /** The position was the one before the next. */
    private void removeNewLink(Modification m, Inode dir, InodeItem dirItem, Inode inode, Directories.Name name)
            throws FsException {
        long pos = dirItem.nextReaddirPos() - 1;
        directories.delete(
                dir.ino(), m.group(dir), new Dirent(inode.ino(), name.hash(), pos, 0, name.bytes()), m.group(inode));
    }

    /** The new inode's own items, or none of them. */
    private void fill(Modification m, Inode inode, InodeItem item, Request request, AccessControl.Inheritance inherited)
            throws FsException {
        byte[] target = request.target();
        if (target != null) {
            symlinks.create(inode.ino(), target, m.group(inode));
        }
        boolean done = false;
        try {
            if (!inherited.isPlain()) {
                access.store(m, inode, item, inherited);
            }
            m.create(inode, item);
            done = true;
        } finally {
            if (!done) {
                if (target != null) {
                    symlinks.delete(inode.ino(), item, m.group(inode));
                }
                if (!inherited.isPlain()) {
                    xattrs.deleteAll(inode.ino(), m.group(inode));
                }
            }
        }
    }
}
