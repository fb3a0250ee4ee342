package org.scoutfs.fs.xattr;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.fs.AccessControl;
import org.scoutfs.fs.Capability;
import org.scoutfs.fs.Credentials;
import org.scoutfs.fs.FsContext;
import org.scoutfs.fs.Inode;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.Modification;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;

/**
 * POSIX ACLs: access checks, inheritance, and what chmod and setxattr do to them (spec 4 section 9.5). Lists are read from the item
 * cache at each use, so that there is nothing to forget when a lock goes.
 */
public final class Acls implements AccessControl {
    public static final int READ = 4;
    public static final int WRITE = 2;
    public static final int EXECUTE = 1;

    private static final byte[] ACCESS = Xattrs.XattrName.ACL_ACCESS.bytes();
    private static final byte[] DEFAULT = Xattrs.XattrName.ACL_DEFAULT.bytes();

    private final FsContext fs;
    private final Xattrs xattrs;

    Acls(FsContext fs, Xattrs xattrs) {
        this.fs = fs;
        this.xattrs = xattrs;
    }

    private boolean enabled() {
        return fs.options().acl();
    }

    private @Nullable PosixAcl read(Inode inode, byte[] name, ClusterLock group) throws FsException {
        byte[] value = xattrs.read(inode.ino(), name, group);
        return value == null ? null : PosixAcl.decode(value);
    }

    /**
     * EACCES unless {@code who} may do all of {@code want} with the inode; owner, group, ACL and capabilities as the kernel
     * judges them. The caller holds the group lock in READ or WRITE and has refreshed.
     */
    @Override
    public void checkAccess(Credentials who, Inode inode, InodeItem item, ClusterLock group, int want)
            throws FsException {
        if (allowedByMode(who, inode, item, group, want)) {
            return;
        }
        boolean directory = Modes.isDirectory(item.mode());
        boolean anyExecute = directory || (item.mode() & 0111) != 0;
        if (((want & EXECUTE) == 0 || anyExecute) && who.capable(Capability.DAC_OVERRIDE)) {
            return;
        }
        boolean searchOnly = want == READ || (directory && (want & WRITE) == 0);
        if (searchOnly && who.capable(Capability.DAC_READ_SEARCH)) {
            return;
        }
        throw new FsException(Errno.EACCES);
    }

    private boolean allowedByMode(Credentials who, Inode inode, InodeItem item, ClusterLock group, int want)
            throws FsException {
        int mode = item.mode();
        if (who.uid() == item.uid()) {
            return (mode >> 6 & want) == want;
        }
        // without group permission bits an ACL cannot allow more than the mode does
        if (enabled() && (mode & 0070) != 0 && !Modes.isSymlink(mode)) {
            PosixAcl acl = read(inode, ACCESS, group);
            if (acl != null) {
                return acl.permits(who, item.uid(), item.gid(), want);
            }
        }
        int bits = who.inGroup(item.gid()) ? mode >> 3 : mode;
        return (bits & want) == want;
    }

    /** What something created in {@code dir} with {@code mode} gets; the caller holds the directory's lock. */
    @Override
    public Inheritance inherit(Inode dir, ClusterLock dirGroup, int mode, int umask) throws FsException {
        if (Modes.isSymlink(mode)) {
            return new Inheritance(mode, null, null);
        }
        PosixAcl defaults = enabled() ? read(dir, DEFAULT, dirGroup) : null;
        if (defaults == null) {
            return new Inheritance(mode & ~umask, null, null);
        }
        PosixAcl.WithMode inherited = defaults.inherit(mode);
        return new Inheritance(
                inherited.mode(),
                inherited.acl().isEquivalentToMode() ? null : inherited.acl().encode(),
                Modes.isDirectory(mode) ? defaults.encode() : null);
    }

    /** Stores what {@link #inherit} found, under the hold that creates the inode, before its item is written. */
    @Override
    public void store(Modification m, Inode inode, InodeItem created, Inheritance inheritance) throws FsException {
        byte[] defaults = inheritance.defaults();
        if (defaults != null) {
            xattrs.writeWithin(m, inode, created, DEFAULT, defaults);
        }
        byte[] access = inheritance.access();
        if (access != null) {
            xattrs.writeWithin(m, inode, created, ACCESS, access);
        }
    }

    /** chmod: rewrites the entries of an access ACL that stand for mode bits, under the hold that changes the mode. */
    @Override
    public void chmod(Modification m, Inode inode, InodeItem changed) throws FsException {
        if (!enabled() || Modes.isSymlink(changed.mode())) {
            return;
        }
        PosixAcl acl = read(inode, ACCESS, m.group(inode));
        if (acl != null) {
            xattrs.writeWithin(
                    m, inode, changed, ACCESS, acl.withMode(changed.mode()).encode());
        }
    }

    byte[] get(Inode inode, byte[] name) throws FsException {
        if (!enabled()) {
            throw new FsException(Errno.EOPNOTSUPP);
        }
        ClusterLock group = fs.locks().lockInode(inode.ino(), LockMode.READ);
        try {
            byte[] value = xattrs.read(inode.ino(), name, group);
            if (value == null) {
                throw new FsException(Errno.ENODATA);
            }
            return value;
        } finally {
            group.unlock(LockMode.READ);
        }
    }

    /** setxattr, or removexattr with a null value, of one of the two ACL names. */
    void set(Credentials who, Inode inode, byte[] name, byte @Nullable [] value, boolean killSgid) throws FsException {
        if (!enabled()) {
            throw new FsException(Errno.EOPNOTSUPP);
        }
        PosixAcl acl = value == null || value.length == 0 ? null : PosixAcl.decode(value);
        boolean access = Arrays.equals(name, ACCESS);
        try (Modification m = new Modification(fs)) {
            m.lock(inode);
            InodeItem item = inode.item();
            if (Modes.isSymlink(item.mode())) {
                throw new FsException(Errno.EOPNOTSUPP);
            }
            if (!who.alreadyChecked() && who.uid() != item.uid() && !who.capable(Capability.FOWNER)) {
                throw new FsException(Errno.EPERM);
            }
            if (!access && acl != null && !Modes.isDirectory(item.mode())) {
                throw new FsException(Errno.EINVAL);
            }
            m.expect(inode, false);
            m.hold(acl != null);
            InodeItem changed = inode.copyForChange();
            if (access && acl != null) {
                changed.setMode(newMode(who, item, acl, killSgid));
            }
            byte[] stored = acl == null || (access && acl.isEquivalentToMode()) ? null : acl.encode();
            xattrs.writeWithin(m, inode, changed, name, stored);
            changed.setCtime(fs.now());
            changed.setVersion(changed.version() + 1);
            m.update(inode, changed, false);
        }
    }

    private static int newMode(Credentials who, InodeItem item, PosixAcl acl, boolean killSgid) {
        int mode = item.mode() & ~0777 | acl.modeBits();
        boolean outsider = !who.alreadyChecked() && !who.inGroup(item.gid()) && !who.capable(Capability.FSETID);
        return killSgid || outsider ? mode & ~Modes.S_ISGID : mode;
    }
}
