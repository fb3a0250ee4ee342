package org.scoutfs.vfs;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.Capability;
import org.scoutfs.fs.Credentials;
import org.scoutfs.fs.DirectoryVisitor;
import org.scoutfs.fs.FileSystem;
import org.scoutfs.fs.GroupInvalidator;
import org.scoutfs.fs.Inode;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.fs.PageFill;
import org.scoutfs.fs.StatfsResult;
import org.scoutfs.lock.LockMode;

/**
 * {@link Vfs} over the {@link FileSystem} of one mount in this process. Does itself what a kernel's VFS does wherever {@link
 * Credentials#alreadyChecked} is false, and tells the owner of caches above of changes that such callers make.
 */
public final class LocalVfs implements Vfs {
    private static final int REMOVE_XATTR = XATTR_REPLACE;

    private final FileSystem fs;
    private final VolumeDetails details;
    private final @Nullable ArchiveQueries archiveQueries;
    private final Permissions permissions;
    private final LocalArchiveFiles archiveFiles;
    private volatile @Nullable CacheOwner cacheOwner;
    private volatile BooleanSupplier shownReadOnly = () -> false;

    public LocalVfs(FileSystem fs) {
        this(fs, VolumeDetails.NONE, null);
    }

    /** @param archiveQueries null if there is nobody to ask */
    public LocalVfs(FileSystem fs, VolumeDetails details, @Nullable ArchiveQueries archiveQueries) {
        this.fs = fs;
        this.details = details;
        this.archiveQueries = archiveQueries;
        this.permissions = new Permissions(fs);
        this.archiveFiles = new LocalArchiveFiles(this, fs);
    }

    @Override
    public void setShownReadOnly(BooleanSupplier shown) {
        shownReadOnly = shown;
    }

    /** EROFS, also if only the door shows the volume read-only. */
    void checkShownWritable() throws FsException {
        permissions.checkWritable();
        if (shownReadOnly.getAsBoolean()) {
            throw new FsException(Errno.EROFS);
        }
    }

    @Override
    public ArchiveFiles archiveFiles() {
        return archiveFiles;
    }

    /** The file system below, for operations that are not POSIX. */
    public FileSystem fileSystem() {
        return fs;
    }

    @Override
    public void setCacheOwner(CacheOwner owner) {
        cacheOwner = owner;
        fs.invalidator().setAbove(new GroupInvalidator.Above() {
            @Override
            public void revoke(long first, long last, boolean keepReadable) {
                owner.revoke(first, last, keepReadable);
            }

            @Override
            public void revoked(long first, long last, boolean keepReadable) {
                owner.revoked(first, last, keepReadable);
            }
        });
    }

    /** Contents or attributes were changed in a way that no kernel above knows of, whoever asked for it. */
    void changedBehindCaches(long ino, boolean contents) {
        CacheOwner owner = cacheOwner;
        if (owner != null) {
            owner.changed(ino, contents);
        }
    }

    private void changed(Credentials who, long ino, boolean contents) {
        CacheOwner owner = cacheOwner;
        if (owner != null && !who.alreadyChecked()) {
            owner.changed(ino, contents);
        }
    }

    private Pinned pin(long ino) throws FsException {
        return new Pinned(fs, fs.get(ino, false));
    }

    /** One use of an inode for the time of an operation. */
    private record Pinned(FileSystem fs, Inode inode) implements AutoCloseable {
        @Override
        public void close() {
            fs.context().inodes().unpin(inode);
        }
    }

    // ---- lookup and attributes

    @Override
    public Attributes lookup(Credentials who, long dir, byte[] name) throws FsException {
        if (Permissions.isDots(name)) {
            return lookupDots(dir, name);
        }
        if (!who.alreadyChecked()) {
            Permissions.checkName(name);
            permissions.search(who, dir);
        }
        return lookupName(dir, name);
    }

    /**
     * The directory's lock is let go before the inode's is taken, and the name may lead elsewhere meanwhile: an inode that is gone says
     * nothing about a name that was renamed over.
     */
    private Attributes lookupName(long dir, byte[] name) throws FsException {
        long ino = fs.find(dir, name);
        while (true) {
            try {
                return fs.lookup(ino);
            } catch (FsException e) {
                long now = e.errno() == Errno.ENOENT ? fs.find(dir, name) : ino;
                if (now == ino) {
                    throw e;
                }
                ino = now;
            }
        }
    }

    /** For file handles: an inode that this mount may never have seen. */
    private Attributes lookupDots(long dir, byte[] name) throws FsException {
        try {
            return fs.lookup(Permissions.isDotDot(name) ? fs.parent(dir) : dir);
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT) {
                throw new FsException(Errno.ESTALE);
            }
            throw e;
        }
    }

    @Override
    public void forget(long ino, long count) {
        fs.context().inodes().forget(ino, count);
    }

    @Override
    public Attributes getattr(long ino) throws FsException {
        fs.context().locks().admit();
        try {
            return fs.getattr(ino);
        } finally {
            fs.context().locks().dismiss();
        }
    }

    @Override
    public Attributes setattr(Credentials who, long ino, AttributeChanges changes) throws FsException {
        if (changes.size() != null && who.alreadyChecked()) {
            return setSize(ino, changes);
        }
        AttributeChanges allowed = who.alreadyChecked() ? changes : permissions.prepare(who, ino, changes);
        Attributes result = fs.setattr(ino, allowed);
        changed(who, ino, changes.size() != null);
        return result;
    }

    /**
     * For a kernel that holds back the file's mapped pages until the truncation is answered: it must pass where a revocation waits for
     * those pages.
     */
    private Attributes setSize(long ino, AttributeChanges changes) throws FsException {
        fs.context().locks().admit();
        try {
            checkSizeType(ino);
            return fs.setattr(ino, changes);
        } finally {
            fs.context().locks().dismiss();
        }
    }

    private void checkSizeType(long ino) throws FsException {
        int mode = fs.getattr(ino).mode();
        if (!Modes.isRegular(mode)) {
            throw new FsException(Modes.isDirectory(mode) ? Errno.EISDIR : Errno.EINVAL);
        }
    }

    @Override
    public void access(Credentials who, long ino, int mask) throws FsException {
        permissions.access(who, ino, mask);
    }

    @Override
    public byte[] readlink(Credentials who, long ino) throws FsException {
        return fs.readlink(ino);
    }

    // ---- names

    @Override
    public Attributes mknod(Credentials who, long dir, byte[] name, int mode, int rdev) throws FsException {
        int type = mode & Modes.S_IFMT;
        if (type == Modes.S_IFDIR) {
            throw new FsException(Errno.EPERM);
        }
        int full = type == 0 ? Modes.S_IFREG | mode & Modes.PERMISSIONS : mode & (Modes.S_IFMT | Modes.PERMISSIONS);
        boolean known = switch (full & Modes.S_IFMT) {
            case Modes.S_IFREG, Modes.S_IFCHR, Modes.S_IFBLK, Modes.S_IFIFO, Modes.S_IFSOCK -> true;
            default -> false;
        };
        if (!known) {
            throw new FsException(Errno.EINVAL);
        }
        if (!who.alreadyChecked()) {
            permissions.mayCreate(who, dir, name);
            Permissions.checkDevice(who, full, rdev);
        }
        boolean device = (full & Modes.S_IFMT) == Modes.S_IFCHR || (full & Modes.S_IFMT) == Modes.S_IFBLK;
        return counted(who, dir, fs.create(who, dir, name, full, device ? rdev : 0));
    }

    @Override
    public Attributes mkdir(Credentials who, long dir, byte[] name, int mode) throws FsException {
        if (!who.alreadyChecked()) {
            permissions.mayCreate(who, dir, name);
        }
        int full = Modes.S_IFDIR | mode & (0777 | Modes.S_ISVTX);
        return counted(who, dir, fs.create(who, dir, name, full, 0));
    }

    @Override
    public Attributes symlink(Credentials who, long dir, byte[] name, byte[] target) throws FsException {
        if (!who.alreadyChecked()) {
            permissions.mayCreate(who, dir, name);
        }
        return counted(who, dir, fs.symlink(who, dir, name, target));
    }

    /** Takes over the pin of a new inode. */
    private Attributes counted(Credentials who, long dir, Inode inode) {
        Attributes attributes = inode.attributes();
        fs.context().inodes().lookups().increment(inode.ino());
        fs.context().inodes().unpin(inode);
        changed(who, dir, true);
        return attributes;
    }

    @Override
    public Created create(Credentials who, long dir, byte[] name, int mode, int flags) throws FsException {
        if (!who.alreadyChecked()) {
            permissions.mayCreate(who, dir, name);
        }
        Inode inode = fs.create(who, dir, name, Modes.S_IFREG | mode & Modes.PERMISSIONS, 0);
        changed(who, dir, true);
        return opened(who, inode, flags);
    }

    @Override
    public Created tmpfile(Credentials who, long dir, int mode, int flags) throws FsException {
        if (!who.alreadyChecked()) {
            permissions.mayAdd(who, dir);
        }
        return opened(who, fs.tmpfile(who, dir, mode, (flags & Modes.O_EXCL) == 0), flags);
    }

    /** The pin of the new inode becomes that of the open file. */
    private Created opened(Credentials who, Inode inode, int flags) {
        Attributes attributes = inode.attributes();
        fs.context().inodes().lookups().increment(inode.ino());
        return new Created(attributes, new LocalOpenFile(inode, flags, attributes, killsOnWrite(who, flags)));
    }

    private static boolean killsOnWrite(Credentials who, int flags) {
        return !who.alreadyChecked() && Modes.isWritable(flags) && !who.capable(Capability.FSETID);
    }

    @Override
    public Attributes link(Credentials who, long ino, long dir, byte[] name) throws FsException {
        if (!who.alreadyChecked()) {
            permissions.mayCreate(who, dir, name);
        }
        try (Pinned pinned = pin(ino)) {
            fs.link(ino, dir, name, who.alreadyChecked());
            Attributes attributes = pinned.inode().attributes();
            fs.context().inodes().lookups().increment(ino);
            changed(who, dir, true);
            changed(who, ino, false);
            return attributes;
        }
    }

    @Override
    public void unlink(Credentials who, long dir, byte[] name) throws FsException {
        remove(who, dir, name, false);
    }

    @Override
    public void rmdir(Credentials who, long dir, byte[] name) throws FsException {
        remove(who, dir, name, true);
    }

    private void remove(Credentials who, long dir, byte[] name, boolean directory) throws FsException {
        if (!who.alreadyChecked()) {
            permissions.mayRemove(who, dir, name, directory);
        }
        fs.remove(dir, name, directory);
        changed(who, dir, true);
    }

    @Override
    public void rename(Credentials who, long dir, byte[] name, long newDir, byte[] newName, int flags)
            throws FsException {
        if ((flags & ~RENAME_NOREPLACE) != 0) {
            throw new FsException(Errno.EINVAL);
        }
        boolean replace = (flags & RENAME_NOREPLACE) == 0;
        if (!who.alreadyChecked() && !permissions.mayRename(who, dir, name, newDir, newName, replace)) {
            return;
        }
        fs.rename(dir, name, newDir, newName, flags);
        changed(who, dir, true);
        changed(who, newDir, true);
    }

    // ---- open files

    @Override
    public OpenFile open(Credentials who, long ino, int flags) throws FsException {
        Inode inode = fs.get(ino, false);
        boolean done = false;
        try {
            Attributes attributes = inode.attributes();
            if (!who.alreadyChecked()) {
                permissions.mayOpen(who, attributes, flags);
            }
            if ((flags & Modes.O_TRUNC) != 0 && Modes.isRegular(attributes.mode())) {
                truncate(who, ino);
            }
            OpenFile file = new LocalOpenFile(inode, flags, attributes, killsOnWrite(who, flags));
            done = true;
            return file;
        } finally {
            if (!done) {
                fs.context().inodes().unpin(inode);
            }
        }
    }

    private void truncate(Credentials who, long ino) throws FsException {
        boolean kill = !who.alreadyChecked() && !who.capable(Capability.FSETID);
        fs.setattr(ino, new AttributeChanges(null, null, null, 0L, null, null, null, kill));
        changed(who, ino, true);
    }

    @Override
    public void release(OpenFile file) {
        LocalOpenFile local = local(file);
        if (!local.markReleased()) {
            throw new IllegalStateException("file of " + local.inode() + " released twice");
        }
        fs.context().inodes().unpin(local.inode());
    }

    static LocalOpenFile local(OpenFile file) {
        if (file instanceof LocalOpenFile local) {
            return local;
        }
        throw new IllegalArgumentException("not a file of this mount: " + file);
    }

    @Override
    public int read(OpenFile file, long offset, MemorySegment dst) throws FsException {
        return readPages(file, offset, dst, false, PageFill.NONE);
    }

    @Override
    public int readPages(OpenFile file, long offset, MemorySegment dst, boolean storable, PageFill fill)
            throws FsException {
        if (storable) {
            return read(file, offset, dst, LockMode.WRITE, fill);
        }
        fs.context().locks().admit();
        try {
            return read(file, offset, dst, LockMode.READ, fill);
        } finally {
            fs.context().locks().dismiss();
        }
    }

    private int read(OpenFile file, long offset, MemorySegment dst, LockMode mode, PageFill fill) throws FsException {
        LocalOpenFile local = local(file);
        if (!local.readable()) {
            throw new FsException(Errno.EBADF);
        }
        checkRegular(local);
        if (offset < 0) {
            throw new FsException(Errno.EINVAL);
        }
        int count = fs.contents().read(local.inode(), local.flags(), offset, dst, mode, fill);
        fs.accessed(local.inode());
        return count;
    }

    @Override
    public int writeMapped(OpenFile file, long offset, MemorySegment src) throws FsException {
        LocalOpenFile local = writable(file);
        checkRegular(local);
        fs.context().locks().admit();
        try {
            return fs.contents().writeMapped(local.inode(), offset, src);
        } finally {
            fs.context().locks().dismiss();
        }
    }

    @Override
    public int write(OpenFile file, long offset, MemorySegment src, boolean killSuidgid) throws FsException {
        LocalOpenFile local = writable(file);
        checkRegular(local);
        if (offset < 0 && (local.flags() & Modes.O_APPEND) == 0) {
            throw new FsException(Errno.EINVAL);
        }
        boolean kill = killSuidgid || local.killSuidgid();
        int count = fs.contents().write(local.inode(), local.flags(), offset, src, kill);
        if ((local.flags() & (Modes.O_DSYNC | Modes.O_SYNC)) != 0 && count > 0) {
            fs.sync();
        }
        return count;
    }

    private static LocalOpenFile writable(OpenFile file) throws FsException {
        LocalOpenFile local = local(file);
        if (!local.writable()) {
            throw new FsException(Errno.EBADF);
        }
        return local;
    }

    private static void checkRegular(LocalOpenFile file) throws FsException {
        if (!file.isRegular()) {
            throw new FsException(file.isDirectory() ? Errno.EISDIR : Errno.EINVAL);
        }
    }

    @Override
    public void fsync(long ino) throws FsException {
        fs.sync();
    }

    @Override
    public void syncfs() throws FsException {
        fs.sync();
    }

    @Override
    public void fallocate(OpenFile file, int mode, long offset, long length) throws FsException {
        if (offset < 0 || length <= 0) {
            throw new FsException(Errno.EINVAL);
        }
        if ((mode & ~FALLOC_KEEP_SIZE) != 0) {
            throw new FsException(Errno.EOPNOTSUPP);
        }
        LocalOpenFile local = writable(file);
        if (!local.isRegular()) {
            throw new FsException(local.isDirectory() ? Errno.EISDIR : Errno.ENODEV);
        }
        if (offset + length < 0) {
            throw new FsException(Errno.EFBIG);
        }
        fs.contents().fallocate(local.inode(), mode, offset, length);
    }

    @Override
    public long seek(OpenFile file, long offset, int whence) throws FsException {
        LocalOpenFile local = local(file);
        if ((whence != SEEK_DATA && whence != SEEK_HOLE) || !local.isRegular()) {
            throw new FsException(Errno.EINVAL);
        }
        if (offset < 0) {
            throw new FsException(Errno.ENXIO);
        }
        return fs.contents().seek(local.inode(), offset, whence);
    }

    @Override
    public void readdir(OpenFile directory, long offset, boolean withAttributes, DirectoryVisitor visitor)
            throws FsException {
        LocalOpenFile local = local(directory);
        if (!local.isDirectory()) {
            throw new FsException(Errno.ENOTDIR);
        }
        fs.list(local.inode(), offset, withAttributes, visitor);
    }

    // ---- extended attributes and the whole

    @Override
    public byte[] getxattr(Credentials who, long ino, byte[] name) throws FsException {
        try (Pinned pinned = pin(ino)) {
            return fs.xattrs().get(who, pinned.inode(), name);
        }
    }

    @Override
    public void setxattr(Credentials who, long ino, byte[] name, byte[] value, int flags, boolean killSgid)
            throws FsException {
        permissions.checkWritable();
        try (Pinned pinned = pin(ino)) {
            fs.xattrs().set(who, pinned.inode(), name, value, flags, killSgid);
        }
        changed(who, ino, false);
    }

    @Override
    public List<byte[]> listxattr(Credentials who, long ino) throws FsException {
        try (Pinned pinned = pin(ino)) {
            return fs.xattrs().list(pinned.inode(), false);
        }
    }

    @Override
    public void removexattr(Credentials who, long ino, byte[] name) throws FsException {
        permissions.checkWritable();
        try (Pinned pinned = pin(ino)) {
            fs.xattrs().set(who, pinned.inode(), name, null, REMOVE_XATTR, false);
        }
        changed(who, ino, false);
    }

    @Override
    public StatfsResult statfs() throws FsException {
        return fs.statfs();
    }

    @Override
    public VolumeDetails details() {
        return details;
    }

    @Override
    public ArchiveQueries archiveQueries() throws FsException {
        ArchiveQueries queries = archiveQueries;
        return queries == null ? Vfs.super.archiveQueries() : queries;
    }
}
