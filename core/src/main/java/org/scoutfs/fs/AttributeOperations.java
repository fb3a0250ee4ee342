package org.scoutfs.fs;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Timespec;

/** Changes attributes (spec 4 section 7.3) and remembers reads (section 13.2). */
final class AttributeOperations {
    private static final long ATIME_SECONDS = 24 * 60 * 60;

    private final FsContext fs;
    private final FileContents contents;
    private final ExtendedAttributes xattrs;
    private final AccessControl access;

    AttributeOperations(FsContext fs, FileContents contents, ExtendedAttributes xattrs, AccessControl access) {
        this.fs = fs;
        this.contents = contents;
        this.xattrs = xattrs;
        this.access = access;
    }

    /** {@code inode} is pinned by the caller, who has made sure that the caller may do this. */
    Attributes setattr(Inode inode, AttributeChanges changes) throws FsException {
        Modification.checkWritable(fs);
        Long size = changes.size();
        if (size != null) {
            setSize(inode, size, changes.killSuidgid());
        }
        try (Modification m = new Modification(fs)) {
            m.lock(inode);
            InodeItem before = inode.item();
            if ((before.flags() & InodeItem.FLAG_RETENTION) != 0) {
                throw new FsException(Errno.EPERM);
            }
            Integer mode = newMode(before, changes);
            if (changes.mode() != null
                    && Modes.isSymlink(before.mode())
                    && fs.options().acl()) {
                throw new FsException(Errno.EOPNOTSUPP);
            }
            m.expect(inode, false);
            m.hold(false);
            InodeItem changed = inode.copyForChange();
            apply(changed, changes, mode);
            if (mode != null && changes.mode() != null) {
                access.chmod(m, inode, changed);
            }
            if (changes.uid() != null || changes.gid() != null || changes.killSuidgid()) {
                xattrs.dropCapability(m, inode, changed);
            }
            m.update(inode, changed, false);
            return inode.attributes();
        }
    }

    private void setSize(Inode inode, long size, boolean killSuidgid) throws FsException {
        if (size < 0) {
            throw new FsException(Errno.EINVAL);
        }
        contents.setSize(inode, size, killSuidgid);
    }

    /** Null: the mode stays. */
    private static @Nullable Integer newMode(InodeItem before, AttributeChanges changes) {
        Integer asked = changes.mode();
        int mode = before.mode();
        if (asked != null) {
            mode = mode & Modes.S_IFMT | asked & Modes.PERMISSIONS;
        }
        if (changes.killSuidgid() && !Modes.isDirectory(mode)) {
            mode = Modes.withoutSuidgid(mode);
        }
        return mode == before.mode() && asked == null ? null : mode;
    }

    private void apply(InodeItem changed, AttributeChanges changes, @Nullable Integer mode) {
        Timespec now = fs.now();
        if (mode != null) {
            changed.setMode(mode);
        }
        Integer uid = changes.uid();
        if (uid != null) {
            changed.setUid(uid);
        }
        Integer gid = changes.gid();
        if (gid != null) {
            changed.setGid(gid);
        }
        Timespec atime = changes.atime();
        if (atime != null) {
            changed.setAtime(given(atime, now));
        }
        Timespec mtime = changes.mtime();
        if (mtime != null) {
            changed.setMtime(given(mtime, now));
        }
        Timespec ctime = changes.ctime();
        changed.setCtime(ctime == null ? now : given(ctime, now));
        changed.setVersion(changed.version() + 1);
    }

    @SuppressWarnings("ReferenceEquality") // NOW is a mark, not a time
    private static Timespec given(Timespec time, Timespec now) {
        return time == AttributeChanges.NOW ? now : time;
    }

    /**
     * Remembers that a pinned inode was read, in memory only: if its atime is not later than its mtime and ctime, or a day old
     * (relatime).
     */
    void accessed(Inode inode) {
        if (!inode.covered()) {
            return;
        }
        InodeItem item = inode.item();
        Timespec atime = inode.shownAtime(item);
        Timespec now = fs.now();
        boolean old = atime.compareTo(item.mtime()) <= 0
                || atime.compareTo(item.ctime()) <= 0
                || now.seconds() - atime.seconds() >= ATIME_SECONDS;
        if (old && now.compareTo(atime) > 0) {
            inode.touchAtime(now);
        }
    }
}
