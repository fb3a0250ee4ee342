package org.scoutfs.vfs;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.Capability;
import org.scoutfs.fs.Credentials;
import org.scoutfs.fs.FileSystem;
import org.scoutfs.fs.Modes;

/**
 * What a kernel's VFS tests before it calls a file system (spec 4 sections 6, 16.7), for callers whom no kernel has tested. As there,
 * the tests are made before the operation takes its locks, so a change of permissions elsewhere at the same moment may come too
 * late.
 */
final class Permissions {
    static final int READ = 4;
    static final int WRITE = 2;
    static final int EXECUTE = 1;

    private final FileSystem fs;

    Permissions(FileSystem fs) {
        this.fs = fs;
    }

    /** ENOTDIR unless {@code dir} is a directory, EACCES unless names may be looked up in it. */
    Attributes search(Credentials who, long dir) throws FsException {
        return directory(who, dir, EXECUTE);
    }

    private Attributes directory(Credentials who, long dir, int want) throws FsException {
        Attributes attributes = fs.getattr(dir);
        if (!Modes.isDirectory(attributes.mode())) {
            throw new FsException(Errno.ENOTDIR);
        }
        return fs.checkAccess(who, dir, want);
    }

    /** Whether the kernel would look {@code name} up as an entry. */
    static boolean isDots(byte[] name) {
        return name.length == 1 && name[0] == '.' || name.length == 2 && name[0] == '.' && name[1] == '.';
    }

    static boolean isDotDot(byte[] name) {
        return name.length == 2 && name[0] == '.' && name[1] == '.';
    }

    /** EINVAL for what cannot be one component of a path. */
    static void checkName(byte[] name) throws FsException {
        for (byte b : name) {
            if (b == 0 || b == '/') {
                throw new FsException(Errno.EINVAL);
            }
        }
    }

    /** For a name that is to be made: EEXIST before EROFS before EACCES. */
    void mayCreate(Credentials who, long dir, byte[] name) throws FsException {
        checkName(name);
        search(who, dir);
        if (isDots(name) || exists(dir, name)) {
            throw new FsException(Errno.EEXIST);
        }
        mayAdd(who, dir);
    }

    /** For a new inode without a name or a name known to be free. */
    void mayAdd(Credentials who, long dir) throws FsException {
        checkWritable();
        Attributes attributes = directory(who, dir, WRITE | EXECUTE);
        if (attributes.nlink() == 0) {
            throw new FsException(Errno.ENOENT);
        }
    }

    private boolean exists(long dir, byte[] name) throws FsException {
        try {
            fs.find(dir, name);
            return true;
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT && name.length > 0) {
                return false;
            }
            throw e;
        }
    }

    /**
     * For an entry that is to be removed or replaced.
     *
     * @param directory the operation is for directories; else for everything else
     */
    void mayDelete(Credentials who, long dir, long victimIno, boolean directory) throws FsException {
        checkWritable();
        Attributes parent = directory(who, dir, WRITE | EXECUTE);
        Attributes victim = fs.getattr(victimIno);
        if ((parent.mode() & Modes.S_ISVTX) != 0
                && who.uid() != victim.uid()
                && who.uid() != parent.uid()
                && !who.capable(Capability.FOWNER)) {
            throw new FsException(Errno.EPERM);
        }
        boolean isDirectory = Modes.isDirectory(victim.mode());
        if (directory && !isDirectory) {
            throw new FsException(Errno.ENOTDIR);
        }
        if (!directory && isDirectory) {
            throw new FsException(Errno.EISDIR);
        }
    }

    void mayRemove(Credentials who, long dir, byte[] name, boolean directory) throws FsException {
        checkName(name);
        search(who, dir);
        if (isDots(name)) {
            if (!directory) {
                throw new FsException(Errno.EISDIR);
            }
            throw new FsException(isDotDot(name) ? Errno.ENOTEMPTY : Errno.EINVAL);
        }
        mayDelete(who, dir, fs.find(dir, name), directory);
    }

    /** @return false if both names are of one inode: nothing is to be done */
    boolean mayRename(Credentials who, long dir, byte[] name, long newDir, byte[] newName, boolean replace)
            throws FsException {
        checkName(name);
        checkName(newName);
        search(who, dir);
        search(who, newDir);
        if (isDots(name) || isDots(newName)) {
            throw new FsException(Errno.EBUSY);
        }
        long source = fs.find(dir, name);
        long target = exists(newDir, newName) ? fs.find(newDir, newName) : 0;
        if (target != 0 && !replace) {
            throw new FsException(Errno.EEXIST);
        }
        if (source == target) {
            return false;
        }
        boolean directory = Modes.isDirectory(fs.getattr(source).mode());
        mayDelete(who, dir, source, directory);
        if (target == 0) {
            mayAdd(who, newDir);
        } else {
            mayDelete(who, newDir, target, directory);
        }
        if (directory && dir != newDir) {
            // its ".." changes
            fs.checkAccess(who, source, WRITE);
        }
        return true;
    }

    /** ELOOP, EISDIR, ENOTDIR, ENXIO by type, EROFS, EACCES. */
    void mayOpen(Credentials who, Attributes attributes, int flags) throws FsException {
        int mode = attributes.mode();
        boolean truncate = (flags & Modes.O_TRUNC) != 0;
        boolean write = Modes.isWritable(flags) || truncate;
        if (Modes.isSymlink(mode)) {
            throw new FsException(Errno.ELOOP);
        }
        if (Modes.isDirectory(mode) && write) {
            throw new FsException(Errno.EISDIR);
        }
        if (!Modes.isDirectory(mode) && !Modes.isRegular(mode)) {
            throw new FsException(Errno.ENXIO, "only a kernel opens devices, fifos and sockets");
        }
        if (write) {
            checkWritable();
        }
        boolean read = (flags & Modes.O_ACCMODE) != Modes.O_WRONLY;
        fs.checkAccess(who, attributes.ino(), (read ? READ : 0) | (write ? WRITE : 0));
    }

    /** access(2). */
    void access(Credentials who, long ino, int mask) throws FsException {
        int mode = fs.checkAccess(who, ino, mask).mode();
        boolean stored = Modes.isRegular(mode) || Modes.isDirectory(mode) || Modes.isSymlink(mode);
        if ((mask & WRITE) != 0 && stored) {
            checkWritable();
        }
    }

    /** setattr_prepare of the kernel: what {@code who} really may change, and what follows from it. */
    AttributeChanges prepare(Credentials who, long ino, AttributeChanges changes) throws FsException {
        checkWritable();
        Attributes now = fs.getattr(ino);
        boolean owner = who.uid() == now.uid() || who.capable(Capability.FOWNER);
        checkOwnerChange(who, now, changes);
        Integer mode = changes.mode();
        if (mode != null) {
            if (!owner) {
                throw new FsException(Errno.EPERM);
            }
            Integer gid = changes.gid();
            if (!who.inGroup(gid == null ? now.gid() : gid) && !who.capable(Capability.FSETID)) {
                mode &= ~Modes.S_ISGID;
            }
        }
        checkTimes(who, now, changes, owner);
        boolean kill = changes.killSuidgid();
        if (changes.size() != null) {
            if (Modes.isDirectory(now.mode())) {
                throw new FsException(Errno.EISDIR);
            }
            if (!Modes.isRegular(now.mode())) {
                throw new FsException(Errno.EINVAL);
            }
            fs.checkAccess(who, ino, WRITE);
            kill |= !who.capable(Capability.FSETID);
        }
        boolean chown = changes.uid() != null || changes.gid() != null;
        kill |= chown && !Modes.isDirectory(now.mode());
        return new AttributeChanges(
                mode, changes.uid(), changes.gid(), changes.size(), changes.atime(), changes.mtime(), null, kill);
    }

    private static void checkOwnerChange(Credentials who, Attributes now, AttributeChanges changes) throws FsException {
        Integer uid = changes.uid();
        Integer gid = changes.gid();
        boolean uidAllowed = uid == null || (who.uid() == now.uid() && uid == now.uid());
        boolean gidAllowed = gid == null || (who.uid() == now.uid() && (gid == now.gid() || who.inGroup(gid)));
        if (!(uidAllowed && gidAllowed) && !who.capable(Capability.CHOWN)) {
            throw new FsException(Errno.EPERM);
        }
    }

    private void checkTimes(Credentials who, Attributes now, AttributeChanges changes, boolean owner)
            throws FsException {
        if (owner || (changes.atime() == null && changes.mtime() == null)) {
            return;
        }
        if (isExplicit(changes.atime()) || isExplicit(changes.mtime())) {
            throw new FsException(Errno.EPERM);
        }
        fs.checkAccess(who, now.ino(), WRITE);
    }

    @SuppressWarnings("ReferenceEquality") // NOW is a mark, not a time
    private static boolean isExplicit(@Nullable Timespec time) {
        return time != null && time != AttributeChanges.NOW;
    }

    /** EPERM unless {@code who} may make a device. */
    static void checkDevice(Credentials who, int mode, int rdev) throws FsException {
        int type = mode & Modes.S_IFMT;
        boolean whiteout = type == Modes.S_IFCHR && rdev == 0;
        if ((type == Modes.S_IFCHR || type == Modes.S_IFBLK) && !whiteout && !who.capable(Capability.MKNOD)) {
            throw new FsException(Errno.EPERM);
        }
    }

    void checkWritable() throws FsException {
        if (fs.context().options().readOnly()) {
            throw new FsException(Errno.EROFS);
        }
    }
}
