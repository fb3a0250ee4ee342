package org.scoutfs.fs;

import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;

/**
 * The file system of one mount as one object: names, attributes and the life of inodes. Made by the mount after the floors below,
 * and before the first lock or transaction; {@link #start} when the mount is up.
 *
 * <p>Judges no permissions. Inodes are passed pinned. Every operation may wait for locks, the server, a commit or a device.
 */
public final class FileSystem {
    private static final long ROOT = 1;

    private final FsContext fs;
    private final FileContents contents;
    private final ExtendedAttributes xattrs;
    private final AccessControl access;
    private final InodeLookup lookup;
    private final Directories directories;
    private final SymlinkTargets symlinks;
    private final Creation creation;
    private final Links links;
    private final Removal removal;
    private final Rename rename;
    private final Ancestors ancestors;
    private final Readdir readdir;
    private final AttributeOperations attributes;
    private final Deletion deletion;
    private final OrphanScan orphanScan;
    private final GroupInvalidator invalidator;
    private final InodeIndex index;
    private final LinkPaths linkPaths;

    public FileSystem(
            FsContext fs, FileContents contents, ExtendedAttributes xattrs, AccessControl access, QuotaCheck quota) {
        this.fs = fs;
        this.contents = contents;
        this.xattrs = xattrs;
        this.access = access;
        this.directories = new Directories(fs.items(), fs.counters());
        this.symlinks = new SymlinkTargets(fs.items(), fs.counters());
        this.lookup = new InodeLookup(fs, directories);
        this.ancestors = new Ancestors(fs, directories);
        InodeNumbers numbers = new InodeNumbers(fs);
        this.creation = new Creation(fs, numbers, directories, symlinks, access, xattrs, quota);
        this.links = new Links(fs, directories);
        this.removal = new Removal(fs, directories);
        this.rename = new Rename(fs, directories, removal, ancestors);
        this.readdir = new Readdir(fs, directories, lookup, ancestors);
        this.attributes = new AttributeOperations(fs, contents, xattrs, access);
        this.deletion = new Deletion(fs, contents, xattrs, symlinks);
        this.orphanScan = new OrphanScan(fs, deletion);
        this.invalidator = new GroupInvalidator(fs, contents, quota);
        this.index = new InodeIndex(fs);
        this.linkPaths = new LinkPaths(fs, directories);
        fs.inodes().setUnusedOrphan(deletion);
    }

    /** To be told by the lock client of every lock that is given up. */
    public GroupInvalidator invalidator() {
        return invalidator;
    }

    public OrphanScan orphanScan() {
        return orphanScan;
    }

    public FsContext context() {
        return fs;
    }

    public FileContents contents() {
        return contents;
    }

    public ExtendedAttributes xattrs() {
        return xattrs;
    }

    /** Inodes by their latest change. */
    public InodeIndex index() {
        return index;
    }

    /** Names and paths of inodes. */
    public LinkPaths linkPaths() {
        return linkPaths;
    }

    /** Begins background work; the root must be readable. */
    public void start() {
        orphanScan.start();
    }

    /** Ends background work and all uses of inodes, and waits for it. Nobody uses the file system any more; nothing is deleted afterwards. */
    public void stop() {
        orphanScan.stop();
        fs.inodes().endAllUses();
        deletion.stop();
    }

    // ---- inodes

    /**
     * The inode of a number, pinned: the caller unpins it through {@link InodeTable#unpin}.
     *
     * @param linkedOnly one without links does not count
     * @throws FsException ENOENT if there is none
     */
    public Inode get(long ino, boolean linkedOnly) throws FsException {
        return lookup.get(ino, linkedOnly);
    }

    /** Numbers at or after {@code start} in its group of 1024 that something is stored of, ascending, at most {@code limit}. */
    public long[] numbersInUse(long start, int limit) throws FsException {
        return lookup.numbersInUse(start, limit);
    }

    /** The number of a name; ENOENT. */
    public long find(long dir, byte[] name) throws FsException {
        return lookup.find(dir, Directories.Name.of(name));
    }

    /** Attributes of an inode with links, with its lookup count raised; ENOENT. */
    public Attributes lookup(long ino) throws FsException {
        return lookup.lookup(ino);
    }

    /** Attributes of an inode, with or without links; ENOENT. */
    public Attributes getattr(long ino) throws FsException {
        return lookup.getattr(ino);
    }

    /** The parent of a directory; of the root and of a removed one itself. */
    public long parent(long dir) throws FsException {
        return ancestors.parent(dir);
    }

    /** EACCES unless {@code who} may do all of {@code want}: 4 read, 2 write, 1 execute; ENOENT. Returns the attributes judged. */
    public Attributes checkAccess(Credentials who, long ino, int want) throws FsException {
        return lookup.read(ino, (inode, item, group) -> {
            access.checkAccess(who, inode, item, group, want);
            return inode.attributes();
        });
    }

    /** EINVAL if it is no symlink. */
    public byte[] readlink(long ino) throws FsException {
        return lookup.read(ino, (inode, item, group) -> {
            if (!Modes.isSymlink(item.mode())) {
                throw new FsException(Errno.EINVAL);
            }
            attributes.accessed(inode);
            return symlinks.read(ino, item, group);
        });
    }

    /** Changes attributes; permission is the caller's affair, retention is not. */
    public Attributes setattr(long ino, AttributeChanges changes) throws FsException {
        Inode inode = fs.inodes().pin(ino);
        try {
            return attributes.setattr(inode, changes);
        } finally {
            fs.inodes().unpin(inode);
        }
    }

    /** Remembers a read of a pinned inode. */
    public void accessed(Inode inode) {
        attributes.accessed(inode);
    }

    // ---- names

    /** A new inode of any type but a symlink, pinned: the caller unpins it. {@code mode} with type bits; umask is {@code who}'s. */
    public Inode create(Credentials who, long dir, byte[] name, int mode, int rdev) throws FsException {
        return create(who, dir, Creation.Request.of(name, mode, rdev));
    }

    /** As {@link #create}. */
    public Inode symlink(Credentials who, long dir, byte[] name, byte[] target) throws FsException {
        return create(who, dir, Creation.Request.symlink(name, target));
    }

    /** A regular file without a name, as {@link #create}; it is deleted when its last use ends unless it was linked. */
    public Inode tmpfile(Credentials who, long dir, int mode, boolean linkable) throws FsException {
        return create(who, dir, Creation.Request.tmpfile(mode, linkable));
    }

    private Inode create(Credentials who, long dirIno, Creation.Request request) throws FsException {
        Inode dir = fs.inodes().pin(dirIno);
        try {
            return creation.create(who, dir, request);
        } finally {
            fs.inodes().unpin(dir);
        }
    }

    /** Another name for an inode; {@code unlinkedAllowed}: somebody else made sure that it may have no link yet. */
    public void link(long ino, long dirIno, byte[] name, boolean unlinkedAllowed) throws FsException {
        Inode inode = fs.inodes().pin(ino);
        Inode dir = fs.inodes().pin(dirIno);
        try {
            links.link(inode, dir, name, unlinkedAllowed);
        } finally {
            fs.inodes().unpin(dir);
            fs.inodes().unpin(inode);
        }
    }

    /** unlink, or rmdir if {@code directory}. */
    public void remove(long dirIno, byte[] name, boolean directory) throws FsException {
        Inode dir = fs.inodes().pin(dirIno);
        try {
            removal.remove(dir, name, directory);
        } finally {
            fs.inodes().unpin(dir);
        }
    }

    /** {@code flags}: 0 or 1 (no replace), else EINVAL. */
    public void rename(long dirIno, byte[] name, long newDirIno, byte[] newName, int flags) throws FsException {
        Inode dir = fs.inodes().pin(dirIno);
        Inode newDir = fs.inodes().pin(newDirIno);
        try {
            rename.rename(dir, name, newDir, newName, flags);
        } finally {
            fs.inodes().unpin(newDir);
            fs.inodes().unpin(dir);
        }
    }

    /** Lists a pinned directory, see {@link org.scoutfs.fs.DirectoryVisitor}; offset 0 is the start. */
    public void list(Inode dir, long offset, boolean withAttributes, DirectoryVisitor visitor) throws FsException {
        readdir.list(dir.ino(), offset, withAttributes, visitor);
        attributes.accessed(dir);
    }

    // ---- the whole

    public StatfsResult statfs() throws FsException {
        return fs.cluster().statfs();
    }

    /** Makes all changes of this mount stable and waits. */
    public void sync() throws FsException {
        fs.transactions().sync();
    }

    /** The item of the root, read at mount: fails if the volume cannot be used. */
    public InodeItem readRoot() throws FsException {
        return lookup.read(ROOT, (inode, item, group) -> item);
    }
}
