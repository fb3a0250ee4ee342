package org.scoutfs.vfs;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.ArchiveContents;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.Capability;
import org.scoutfs.fs.Credentials;
import org.scoutfs.fs.FileSystem;
import org.scoutfs.fs.Inode;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.OpenFile;

/**
 * {@link ArchiveFiles} over the {@link FileSystem} of one mount: the checks that need no lock, in the order of spec 5 section 2.5; the others
 * follow in the data layer. No kernel has checked anything of these calls, nor knows what they change: so permissions are tested here, and
 * caches above are dropped, whoever calls.
 */
final class LocalArchiveFiles implements ArchiveFiles {
    private static final int SHIFT = 12;
    private static final int OFFSET_IN_BLOCK = (1 << SHIFT) - 1;
    private static final int MAX_ERRNO = 4095;
    private static final int ALL_OPS = WAIT_READ | WAIT_WRITE | WAIT_CHANGE_SIZE;
    private static final long ALL_ATTRIBUTES = 2 * ATTR_PROJECT_ID - 1;
    private static final long NEWER_ATTRIBUTES = ATTR_RETENTION | ATTR_PROJECT_ID;
    private static final int UNSTAGEABLE = Modes.O_APPEND | Modes.O_DIRECT | Modes.O_DSYNC | Modes.O_SYNC;

    private final LocalVfs vfs;
    private final FileSystem fs;

    LocalArchiveFiles(LocalVfs vfs, FileSystem fs) {
        this.vfs = vfs;
        this.fs = fs;
    }

    private ArchiveContents contents() throws FsException {
        return fs.contents().archive();
    }

    @Override
    public void release(OpenFile file, long offset, long length, long dataVersion) throws FsException {
        if (length == 0) {
            return;
        }
        if (wraps(offset, length) || ((offset | length) & OFFSET_IN_BLOCK) != 0) {
            throw new FsException(Errno.EINVAL);
        }
        vfs.checkShownWritable();
        LocalOpenFile local = writableRegular(file);
        // What was stored through mappings counts, so it has to arrive before versions are compared.
        vfs.changedBehindCaches(local.ino(), true);
        try {
            contents().release(local.inode(), offset, length, dataVersion);
        } finally {
            vfs.changedBehindCaches(local.ino(), true);
        }
    }

    @Override
    public int stage(OpenFile file, long dataVersion, long offset, int length, StageSource source) throws FsException {
        if (length < 0 || length > 0 && wraps(offset, length) || (offset & OFFSET_IN_BLOCK) != 0) {
            throw new FsException(Errno.EINVAL);
        }
        if (length == 0) {
            return 0;
        }
        vfs.checkShownWritable();
        LocalOpenFile local = writableRegular(file);
        if (offset < 0 || (local.flags() & UNSTAGEABLE) != 0) {
            throw new FsException(Errno.EINVAL);
        }
        try {
            return contents().stage(local.inode(), dataVersion, offset, length, source::read);
        } finally {
            vfs.changedBehindCaches(local.ino(), true);
        }
    }

    @Override
    public void punchOffline(Credentials who, OpenFile file, long offset, long length, long dataVersion, long flags)
            throws FsException {
        if (length == 0) {
            return;
        }
        if (wraps(offset, length) || ((offset | length) & OFFSET_IN_BLOCK) != 0) {
            throw new FsException(Errno.EOVERFLOW);
        }
        if (flags != 0) {
            throw new FsException(Errno.EINVAL);
        }
        vfs.checkShownWritable();
        LocalOpenFile local = writableRegular(file);
        fs.checkAccess(who, local.ino(), Permissions.WRITE);
        try {
            contents().punchOffline(local.inode(), offset, length, dataVersion);
        } finally {
            vfs.changedBehindCaches(local.ino(), true);
        }
    }

    @Override
    public void moveBlocks(
            Credentials who,
            OpenFile to,
            MoveSource from,
            long fromOffset,
            long length,
            long toOffset,
            long dataVersion,
            long flags)
            throws FsException {
        if (length == 0) {
            return;
        }
        if (wraps(fromOffset, length) || wraps(toOffset, length)) {
            throw new FsException(Errno.EOVERFLOW);
        }
        long fromIno = from.ino();
        Inode target = LocalVfs.local(to).inode();
        if (fromIno == target.ino() || (flags & ~MOVE_STAGE) != 0) {
            throw new FsException(Errno.EINVAL);
        }
        vfs.checkShownWritable();
        boolean staging = (flags & MOVE_STAGE) != 0;
        Inode source = fs.get(fromIno, false);
        try {
            FsException denied = denied(who, fromIno, target.ino());
            vfs.changedBehindCaches(fromIno, true);
            try {
                contents().moveBlocks(target, source, fromOffset, length, toOffset, staging, dataVersion, denied);
            } finally {
                vfs.changedBehindCaches(fromIno, true);
                vfs.changedBehindCaches(target.ino(), true);
            }
        } finally {
            fs.context().inodes().unpin(source);
        }
    }

    /** Null if both may be written. */
    private @Nullable FsException denied(Credentials who, long ino, long other) {
        try {
            fs.checkAccess(who, ino, Permissions.WRITE);
            fs.checkAccess(who, other, Permissions.WRITE);
            return null;
        } catch (FsException e) {
            return e;
        }
    }

    @Override
    public AttrX getAttrX(long ino, long mask, long flags) throws FsException {
        if (mask != 0) {
            checkMask(mask, flags);
        }
        Attributes a = mask == 0 ? null : vfs.getattr(ino);
        if (a == null) {
            return new AttrX(0, flags, 0, 0, 0, 0, 0, Timespec.ZERO, Timespec.ZERO, 0, false, 0);
        }
        return new AttrX(
                mask,
                flags,
                (mask & ATTR_META_SEQ) != 0 ? a.metaSeq() : 0,
                (mask & ATTR_DATA_SEQ) != 0 ? a.dataSeq() : 0,
                (mask & ATTR_DATA_VERSION) != 0 ? a.dataVersion() : 0,
                (mask & ATTR_ONLINE_BLOCKS) != 0 ? a.onlineBlocks() : 0,
                (mask & ATTR_OFFLINE_BLOCKS) != 0 ? a.offlineBlocks() : 0,
                (mask & ATTR_CTIME) != 0 ? a.ctime() : Timespec.ZERO,
                (mask & ATTR_CRTIME) != 0 ? a.crtime() : Timespec.ZERO,
                (mask & ATTR_SIZE) != 0 ? a.size() : 0,
                (mask & ATTR_RETENTION) != 0 && (a.flags() & InodeItem.FLAG_RETENTION) != 0,
                (mask & ATTR_PROJECT_ID) != 0 ? a.project() : 0);
    }

    private void checkMask(long mask, long flags) throws FsException {
        if ((mask & ~ALL_ATTRIBUTES) != 0 || (flags & ~ATTR_SIZE_OFFLINE) != 0) {
            throw new FsException(Errno.EINVAL);
        }
        if ((mask & NEWER_ATTRIBUTES) != 0 && fs.context().options().formatVersion() < 2) {
            throw new FsException(
                    Errno.EOPNOTSUPP, "retention and project ids need format version 2: change-format-version");
        }
    }

    @Override
    public void setAttrX(Credentials who, long ino, AttrX attributes) throws FsException {
        vfs.checkShownWritable();
        if (!who.capable(Capability.SYS_ADMIN)) {
            throw new FsException(Errno.EPERM);
        }
        long mask = attributes.mask();
        if (mask == 0) {
            return;
        }
        checkMask(mask, attributes.flags());
        boolean sizeOffline = (attributes.flags() & ATTR_SIZE_OFFLINE) != 0;
        if (sizeOffline && (mask & ATTR_SIZE) == 0) {
            throw new FsException(Errno.EINVAL);
        }
        ArchiveContents.Changes changes = new ArchiveContents.Changes(
                (mask & ATTR_DATA_VERSION) != 0 ? attributes.dataVersion() : null,
                (mask & ATTR_SIZE) != 0 ? attributes.size() : null,
                sizeOffline,
                (mask & ATTR_CTIME) != 0 ? attributes.ctime() : null,
                (mask & ATTR_CRTIME) != 0 ? attributes.crtime() : null,
                (mask & ATTR_RETENTION) != 0 ? attributes.retention() : null,
                (mask & ATTR_PROJECT_ID) != 0 ? attributes.projectId() : null);
        Inode inode = fs.get(ino, false);
        try {
            contents().setAttributes(inode, changes);
        } finally {
            fs.context().inodes().unpin(inode);
        }
        vfs.changedBehindCaches(ino, (mask & ATTR_SIZE) != 0);
    }

    @Override
    public void setattrMore(
            Credentials who, OpenFile file, long dataVersion, long size, long flags, Timespec ctime, Timespec crtime)
            throws FsException {
        if (!file.writable()) {
            throw new FsException(Errno.EBADF);
        }
        if ((flags & ~ATTR_SIZE_OFFLINE) != 0) {
            throw new FsException(Errno.EINVAL);
        }
        long mask = ATTR_SIZE | ATTR_CTIME | ATTR_CRTIME | (dataVersion != 0 ? ATTR_DATA_VERSION : 0);
        setAttrX(who, file.ino(), new AttrX(mask, flags, 0, 0, dataVersion, 0, 0, ctime, crtime, size, false, 0));
    }

    @Override
    public List<Waiting> dataWaiting(long flags, long afterIno, long afterBlock, int limit) throws FsException {
        if (flags != 0) {
            throw new FsException(Errno.EINVAL);
        }
        return contents().waiting(afterIno, afterBlock, limit).stream()
                .map(waiting -> new Waiting(waiting.ino(), waiting.block(), waiting.ops()))
                .toList();
    }

    @Override
    public int dataWaitErr(Credentials who, long ino, long offset, long count, long ops, long error)
            throws FsException {
        if (!who.capable(Capability.SYS_ADMIN)) {
            throw new FsException(Errno.EPERM);
        }
        if (count == 0) {
            return 0;
        }
        if ((ops & ~ALL_OPS) != 0 || error < -MAX_ERRNO || error >= 0 || wraps(offset, count)) {
            throw new FsException(Errno.EINVAL);
        }
        Inode inode = fs.context().inodes().peek(ino);
        InodeItem item = inode == null ? null : inode.lastItem();
        if (item == null) {
            throw new FsException(Errno.ESTALE);
        }
        if (!Modes.isRegular(item.mode())) {
            throw new FsException(Errno.EINVAL);
        }
        return contents().failWaiting(ino, offset >>> SHIFT, offset + count - 1 >>> SHIFT, (int) ops, (int) -error);
    }

    @Override
    public List<MappedExtent> extents(long ino, long offset, long length, int limit) throws FsException {
        if (length == 0) {
            throw new FsException(Errno.EINVAL);
        }
        long last = wraps(offset, length) ? -1L >>> SHIFT : offset + length - 1 >>> SHIFT;
        Inode inode = fs.get(ino, false);
        List<ArchiveContents.Extent> found;
        try {
            if (!Modes.isRegular(inode.attributes().mode())) {
                throw new FsException(Errno.EOPNOTSUPP);
            }
            // one more shows whether the last one is the last
            found = contents().extents(inode, offset >>> SHIFT, last, limit == Integer.MAX_VALUE ? limit : limit + 1);
        } finally {
            fs.context().inodes().unpin(inode);
        }
        List<MappedExtent> shown = new ArrayList<>();
        for (int i = 0; i < Math.min(found.size(), limit); i++) {
            ArchiveContents.Extent e = found.get(i);
            shown.add(new MappedExtent(
                    e.start() << SHIFT,
                    e.offline() ? 0 : e.map() << SHIFT,
                    e.length() << SHIFT,
                    e.offline(),
                    e.unwritten() && !e.offline(),
                    i == found.size() - 1));
        }
        return shown;
    }

    /** Whether the last byte of a range lies before its first. */
    private static boolean wraps(long offset, long length) {
        return Long.compareUnsigned(offset + length - 1, offset) < 0;
    }

    private static LocalOpenFile writableRegular(OpenFile file) throws FsException {
        LocalOpenFile local = LocalVfs.local(file);
        if (!local.isRegular() || !local.writable()) {
            throw new FsException(Errno.EINVAL);
        }
        return local;
    }
}
