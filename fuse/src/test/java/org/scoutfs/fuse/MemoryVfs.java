package org.scoutfs.fuse;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.Credentials;
import org.scoutfs.fs.DirectoryVisitor;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.fs.PageFill;
import org.scoutfs.fs.StatfsResult;
import org.scoutfs.host.BlockingAware;
import org.scoutfs.vfs.ArchiveFiles;
import org.scoutfs.vfs.ArchiveQueries;
import org.scoutfs.vfs.CacheOwner;
import org.scoutfs.vfs.Vfs;
import org.scoutfs.vfs.VolumeDetails;

/** A {@link Vfs} in memory for tests of what stands above it, with stand-ins for cluster locks and slow devices. */
class MemoryVfs implements Vfs {
    private static final int O_EXCL = 0x80;
    private static final int O_TRUNC = 0x200;
    private static final int O_APPEND = 0x400;

    final TestLocks locks;
    final Gates gates = new Gates();
    final ConcurrentHashMap<Long, MemoryNode> nodes = new ConcurrentHashMap<>();
    volatile boolean holds;
    final MemoryArchive archive = new MemoryArchive();

    /** setxattr has a defect. */
    volatile boolean failing;

    final AtomicLong syncs = new AtomicLong();

    private final AtomicLong nextIno = new AtomicLong(2048);
    private final Object renaming = new Object();
    private volatile CacheOwner owner = new CacheOwner() {
        @Override
        public void revoke(long firstIno, long lastIno, boolean keepReadable) {}

        @Override
        public void revoked(long firstIno, long lastIno, boolean keepReadable) {}

        @Override
        public void changed(long ino, boolean contents) {}
    };

    private record Open(long ino, int flags) implements OpenFile {
        @Override
        public boolean writable() {
            return (flags & 3) != 0;
        }
    }

    MemoryVfs(boolean withLocks) {
        locks = new TestLocks(withLocks);
        MemoryNode root = new MemoryNode(ROOT_INO, 0040755);
        root.nlink = 2;
        root.parent = ROOT_INO;
        nodes.put(ROOT_INO, root);
    }

    /** The lock of a group on its way out; the steps are the test's. */
    final class Revocation {
        private final long ino;

        private Revocation(long ino) {
            this.ino = ino;
        }

        private boolean downgrade;
        private boolean lowered;

        void tellOwner(boolean keepReadable) {
            long first = ino >>> 10 << 10;
            downgrade = keepReadable;
            owner.revoke(first, first + 1023, keepReadable);
        }

        /** Nobody uses the lock any more; only now it may be another mount's. */
        void lower() {
            lowered = true;
            long first = ino >>> 10 << 10;
            owner.revoked(first, first + 1023, downgrade);
        }

        void drain() throws InterruptedException {
            locks.drain(ino);
        }

        void finish() {
            if (!lowered) {
                lower();
            }
            locks.grant(ino);
        }
    }

    /** New users of the inode's group wait from now on. */
    Revocation revoke(long ino) {
        locks.keepOut(ino);
        return new Revocation(ino);
    }

    void changed(long ino, boolean contents) {
        owner.changed(ino, contents);
    }

    /** A file that another mount makes: without lookups here. */
    MemoryNode remoteFile(long dir, String name) throws FsException {
        return remote(dir, name, nextIno.getAndIncrement(), 0100644);
    }

    /** A file or directory that another mount makes. */
    MemoryNode remote(long dir, String name, long ino, int mode) throws FsException {
        MemoryNode node = new MemoryNode(ino, mode);
        node.parent = dir;
        node.nlink = node.isDirectory() ? 2 : 1;
        nodes.put(node.ino, node);
        MemoryNode parent = node(dir);
        synchronized (parent) {
            parent.add(MemoryNode.bytes(name), node);
        }
        return node;
    }

    /** A name that another mount removes. */
    void remoteUnlink(long dir, String name) throws FsException {
        remove(dir, MemoryNode.bytes(name), false);
    }

    /** The next inode made lies in a group of its own. */
    void newGroup() {
        nextIno.set((nextIno.get() >>> 10 << 10) + 1024);
    }

    MemoryNode node(long ino) throws FsException {
        MemoryNode node = nodes.get(ino);
        if (node == null) {
            throw new FsException(Errno.ENOENT);
        }
        return node;
    }

    private MemoryNode directory(long ino) throws FsException {
        MemoryNode node = node(ino);
        if (!node.isDirectory()) {
            throw new FsException(Errno.ENOTDIR);
        }
        return node;
    }

    private Attributes counted(MemoryNode node) {
        synchronized (node) {
            node.lookups++;
            return node.attributes();
        }
    }

    private void reap(MemoryNode node) {
        synchronized (node) {
            if (node.nlink == 0 && node.lookups == 0 && node.opens == 0
                    || node.isDirectory() && node.nlink < 2 && node.lookups == 0 && node.opens == 0) {
                nodes.remove(node.ino);
            }
        }
    }

    @Override
    public Attributes lookup(Credentials who, long dir, byte[] name) throws FsException {
        try (var _ = locks.use(dir)) {
            gates.pass("lookup", dir);
            String text = MemoryNode.text(name);
            if (text.equals(".")) {
                if (node(dir).nlink == 0) {
                    throw new FsException(Errno.ENOENT);
                }
                return counted(node(dir));
            }
            MemoryNode parent = directory(dir);
            if (text.equals("..")) {
                return counted(node(parent.parent));
            }
            check(name);
            MemoryNode child;
            synchronized (parent) {
                MemoryNode.Entry entry = parent.find(name);
                if (entry == null) {
                    throw new FsException(Errno.ENOENT);
                }
                child = node(entry.ino());
                // Counted under the parent, so that nobody reaps it in between.
                synchronized (child) {
                    child.lookups++;
                }
            }
            try (var _ = locks.use(child.ino)) {
                return child.attributes();
            }
        }
    }

    /** One operation in twenty is slow, if the test wants it so. */
    private void hold() {
        if (holds && ThreadLocalRandom.current().nextInt(20) == 0) {
            BlockingAware.beforeBlocking();
            try {
                Thread.sleep(4);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static void check(byte[] name) throws FsException {
        if (name.length > 255) {
            throw new FsException(Errno.ENAMETOOLONG);
        }
    }

    @Override
    public void forget(long ino, long count) {
        MemoryNode node = nodes.get(ino);
        if (node != null) {
            synchronized (node) {
                node.lookups -= count;
                if (node.lookups < 0) {
                    throw new IllegalStateException(ino + " forgotten more often than looked up: " + node.lookups);
                }
            }
            reap(node);
        }
    }

    @Override
    public Attributes getattr(long ino) throws FsException {
        try (var _ = locks.use(ino)) {
            Attributes attributes = node(ino).attributes();
            // What waits here holds old ones.
            gates.pass("getattr", ino);
            return attributes;
        }
    }

    @Override
    public Attributes setattr(Credentials who, long ino, AttributeChanges c) throws FsException {
        try (var _ = locks.use(ino)) {
            gates.pass("setattr", ino);
            MemoryNode node = node(ino);
            synchronized (node) {
                Timespec now = MemoryNode.now();
                if (c.size() != null) {
                    if (node.isDirectory()) {
                        throw new FsException(Errno.EISDIR);
                    }
                    node.truncate(c.size());
                }
                if (c.mode() != null) {
                    node.mode = node.mode & 0170000 | c.mode();
                }
                if (c.uid() != null) {
                    node.uid = c.uid();
                }
                if (c.gid() != null) {
                    node.gid = c.gid();
                }
                if (c.atime() != null) {
                    node.atime = c.atime() == AttributeChanges.NOW ? now : c.atime();
                }
                if (c.mtime() != null) {
                    node.mtime = c.mtime() == AttributeChanges.NOW ? now : c.mtime();
                }
                if (c.killSuidgid()) {
                    kill(node);
                }
                node.ctime = now;
                return node.attributes();
            }
        }
    }

    private static void kill(MemoryNode node) {
        node.mode &= ~04000;
        if ((node.mode & 0010) != 0) {
            node.mode &= ~02000;
        }
    }

    @Override
    public void access(Credentials who, long ino, int mask) throws FsException {
        node(ino);
    }

    @Override
    public byte[] readlink(Credentials who, long ino) throws FsException {
        return node(ino).target;
    }

    private MemoryNode make(Credentials who, long dir, byte[] name, int mode, boolean umask) throws FsException {
        check(name);
        MemoryNode parent = directory(dir);
        MemoryNode node = new MemoryNode(nextIno.getAndIncrement(), umask ? mode & ~who.umask() : mode);
        node.uid = who.uid();
        node.gid = who.gid();
        node.parent = dir;
        if ((parent.mode & 02000) != 0) {
            node.gid = parent.gid;
            node.mode |= node.isDirectory() ? 02000 : 0;
        }
        return node;
    }

    private MemoryNode insert(long dir, byte[] name, MemoryNode node) throws FsException {
        MemoryNode parent = directory(dir);
        synchronized (parent) {
            if (parent.nlink == 0) {
                throw new FsException(Errno.ENOENT);
            }
            if (parent.find(name) != null) {
                throw new FsException(Errno.EEXIST);
            }
            nodes.put(node.ino, node);
            parent.add(name, node);
            if (node.isDirectory()) {
                parent.nlink++;
                node.nlink = 2;
            }
            synchronized (node) {
                node.lookups++;
            }
        }
        return node;
    }

    @Override
    public Attributes mknod(Credentials who, long dir, byte[] name, int mode, int rdev) throws FsException {
        try (var _ = locks.use(dir)) {
            MemoryNode node = make(who, dir, name, mode, true);
            node.rdev = rdev;
            return insert(dir, name, node).attributes();
        }
    }

    @Override
    public Attributes mkdir(Credentials who, long dir, byte[] name, int mode) throws FsException {
        try (var _ = locks.use(dir)) {
            return insert(dir, name, make(who, dir, name, mode & 07777 | 0040000, true))
                    .attributes();
        }
    }

    @Override
    public Attributes symlink(Credentials who, long dir, byte[] name, byte[] target) throws FsException {
        try (var _ = locks.use(dir)) {
            MemoryNode node = make(who, dir, name, 0120777, false);
            node.target = target;
            return insert(dir, name, node).attributes();
        }
    }

    @Override
    public Attributes link(Credentials who, long ino, long dir, byte[] name) throws FsException {
        try (var _ = locks.use(ino, dir)) {
            check(name);
            MemoryNode node = node(ino);
            MemoryNode parent = directory(dir);
            synchronized (parent) {
                if (parent.find(name) != null) {
                    throw new FsException(Errno.EEXIST);
                }
                parent.add(name, node);
                synchronized (node) {
                    node.nlink++;
                    node.ctime = MemoryNode.now();
                    node.lookups++;
                    return node.attributes();
                }
            }
        }
    }

    @Override
    public void unlink(Credentials who, long dir, byte[] name) throws FsException {
        hold();
        try (var _ = locks.use(dir)) {
            gates.pass("unlink", dir);
            remove(dir, name, false);
        }
    }

    @Override
    public void rmdir(Credentials who, long dir, byte[] name) throws FsException {
        try (var _ = locks.use(dir)) {
            remove(dir, name, true);
        }
    }

    private void remove(long dir, byte[] name, boolean directory) throws FsException {
        check(name);
        MemoryNode parent = directory(dir);
        MemoryNode node;
        synchronized (parent) {
            MemoryNode.Entry entry = parent.find(name);
            if (entry == null) {
                throw new FsException(Errno.ENOENT);
            }
            node = node(entry.ino());
            if (directory != node.isDirectory()) {
                throw new FsException(directory ? Errno.ENOTDIR : Errno.EISDIR);
            }
            drop(parent, name, node);
        }
        reap(node);
    }

    /** The parent's monitor is held. */
    private static void drop(MemoryNode parent, byte[] name, MemoryNode node) throws FsException {
        synchronized (node) {
            if (node.isDirectory() && !node.entries.isEmpty()) {
                throw new FsException(Errno.ENOTEMPTY);
            }
            node.nlink -= node.isDirectory() ? 2 : 1;
            node.ctime = MemoryNode.now();
            parent.nlink -= node.isDirectory() ? 1 : 0;
            parent.remove(name);
        }
    }

    @Override
    public void rename(Credentials who, long dir, byte[] name, long newDir, byte[] newName, int flags)
            throws FsException {
        check(name);
        check(newName);
        if ((flags & ~RENAME_NOREPLACE) != 0) {
            throw new FsException(Errno.EINVAL);
        }
        try (var _ = locks.use(dir, newDir)) {
            gates.pass("rename", dir);
            MemoryNode replaced = null;
            synchronized (renaming) {
                MemoryNode from = directory(dir);
                MemoryNode to = directory(newDir);
                MemoryNode.Entry entry = from.find(name);
                if (entry == null) {
                    throw new FsException(Errno.ENOENT);
                }
                MemoryNode node = node(entry.ino());
                for (long up = newDir; up != ROOT_INO; up = node(up).parent) {
                    if (up == node.ino) {
                        throw new FsException(Errno.EINVAL);
                    }
                }
                MemoryNode.Entry old = to.find(newName);
                if (old != null) {
                    if ((flags & RENAME_NOREPLACE) != 0) {
                        throw new FsException(Errno.EEXIST);
                    }
                    replaced = node(old.ino());
                    if (replaced == node) {
                        return;
                    }
                    if (node.isDirectory() != replaced.isDirectory()) {
                        throw new FsException(node.isDirectory() ? Errno.ENOTDIR : Errno.EISDIR);
                    }
                    synchronized (to) {
                        drop(to, newName, replaced);
                    }
                }
                synchronized (from) {
                    from.remove(name);
                    from.nlink -= node.isDirectory() ? 1 : 0;
                }
                synchronized (to) {
                    to.add(newName, node);
                    to.nlink += node.isDirectory() ? 1 : 0;
                }
                node.parent = newDir;
                node.ctime = MemoryNode.now();
            }
            if (replaced != null) {
                reap(replaced);
            }
        }
    }

    @Override
    public Created create(Credentials who, long dir, byte[] name, int mode, int flags) throws FsException {
        hold();
        try (var _ = locks.use(dir)) {
            gates.pass("create", dir);
            MemoryNode node = insert(dir, name, make(who, dir, name, mode & 07777 | 0100000, true));
            return new Created(node.attributes(), opened(node, flags));
        }
    }

    @Override
    public Created tmpfile(Credentials who, long dir, int mode, int flags) throws FsException {
        MemoryNode node = make(who, dir, new byte[] {'t'}, mode & 07777 | 0100000, true);
        node.nlink = 0;
        node.lookups = 1;
        nodes.put(node.ino, node);
        return new Created(node.attributes(), opened(node, flags));
    }

    @Override
    public OpenFile open(Credentials who, long ino, int flags) throws FsException {
        try (var _ = locks.use(ino)) {
            gates.pass("open", ino);
            MemoryNode node = node(ino);
            if ((flags & O_TRUNC) != 0 && node.isRegular()) {
                synchronized (node) {
                    node.truncate(0);
                }
            }
            return opened(node, flags & ~O_EXCL);
        }
    }

    private static OpenFile opened(MemoryNode node, int flags) {
        synchronized (node) {
            node.opens++;
        }
        return new Open(node.ino, flags);
    }

    @Override
    public void release(OpenFile file) {
        MemoryNode node = nodes.get(file.ino());
        if (node == null) {
            throw new IllegalStateException("released an inode that is gone: " + file.ino());
        }
        synchronized (node) {
            node.opens--;
        }
        reap(node);
    }

    @Override
    public int read(OpenFile file, long offset, MemorySegment dst) throws FsException {
        return readPages(file, offset, dst, false, PageFill.NONE);
    }

    @Override
    public int readPages(OpenFile file, long offset, MemorySegment dst, boolean storable, PageFill fill)
            throws FsException {
        try (var _ = locks.use(file.ino())) {
            fill.begun();
            MemoryNode node = node(file.ino());
            if (node.isDirectory()) {
                throw new FsException(Errno.EISDIR);
            }
            int n;
            synchronized (node) {
                n = node.read(offset, dst);
            }
            // After the bytes were taken: what waits here holds old ones.
            gates.pass("read", file.ino());
            fill.done();
            return n;
        }
    }

    @Override
    public int write(OpenFile file, long offset, MemorySegment src, boolean killSuidgid) throws FsException {
        try (var _ = locks.use(file.ino())) {
            gates.pass("write", file.ino());
            MemoryNode node = node(file.ino());
            synchronized (node) {
                if (killSuidgid) {
                    kill(node);
                }
                node.write((file.flags() & O_APPEND) != 0 ? node.size : offset, src);
            }
            return (int) src.byteSize();
        }
    }

    /** Under the lock that is being revoked. */
    @Override
    public int writeMapped(OpenFile file, long offset, MemorySegment src) throws FsException {
        MemoryNode node = node(file.ino());
        synchronized (node) {
            // The last page comes whole; what lies behind the end is not the file's.
            node.write(offset, src);
        }
        return (int) src.byteSize();
    }

    @Override
    public void fsync(long ino) throws FsException {
        gates.pass("fsync", ino);
        syncs.incrementAndGet();
    }

    @Override
    public void syncfs() {
        syncs.incrementAndGet();
    }

    @Override
    public void fallocate(OpenFile file, int mode, long offset, long length) throws FsException {
        if ((mode & ~FALLOC_KEEP_SIZE) != 0) {
            throw new FsException(Errno.EOPNOTSUPP);
        }
        MemoryNode node = node(file.ino());
        synchronized (node) {
            if (mode == 0 && offset + length > node.size) {
                node.truncate(offset + length);
            }
        }
    }

    @Override
    public long seek(OpenFile file, long offset, int whence) throws FsException {
        MemoryNode node = node(file.ino());
        synchronized (node) {
            long found = offset < 0 || offset >= node.size ? -1 : node.seek(offset, whence == SEEK_DATA);
            if (found < 0) {
                throw new FsException(Errno.ENXIO);
            }
            return found;
        }
    }

    @Override
    public void readdir(OpenFile directory, long offset, boolean withAttributes, DirectoryVisitor visitor)
            throws FsException {
        try (var _ = locks.use(directory.ino())) {
            gates.pass("readdir", directory.ino());
            MemoryNode node = directory(directory.ino());
            if (offset < 1 && !visitor.entry(new byte[] {'.'}, node.ino, 0040000, 1, null)) {
                return;
            }
            if (offset < 2 && !visitor.entry(new byte[] {'.', '.'}, node.parent, 0040000, 2, null)) {
                return;
            }
            List<Map.Entry<Long, MemoryNode.Entry>> entries;
            synchronized (node) {
                entries = new ArrayList<>(
                        node.entries.tailMap(Math.max(2, offset)).entrySet());
            }
            for (Map.Entry<Long, MemoryNode.Entry> e : entries) {
                MemoryNode.Entry entry = e.getValue();
                MemoryNode child = withAttributes ? nodes.get(entry.ino()) : null;
                Attributes attributes = null;
                if (child != null) {
                    try (var _ = locks.use(entry.ino())) {
                        synchronized (node) {
                            attributes = node.positions.containsKey(entry.name()) ? counted(child) : null;
                        }
                    }
                }
                if (!visitor.entry(
                        MemoryNode.bytes(entry.name()), entry.ino(), entry.type(), e.getKey() + 1, attributes)) {
                    if (attributes != null) {
                        forget(entry.ino(), 1);
                    }
                    return;
                }
            }
        }
    }

    @Override
    public byte[] getxattr(Credentials who, long ino, byte[] name) throws FsException {
        MemoryNode node = node(ino);
        synchronized (node) {
            byte[] value = node.xattrs.get(MemoryNode.text(name));
            if (value == null) {
                throw new FsException(Errno.ENODATA);
            }
            return value;
        }
    }

    @Override
    public void setxattr(Credentials who, long ino, byte[] name, byte[] value, int flags, boolean killSgid)
            throws FsException {
        if (failing) {
            throw new IllegalStateException("on purpose");
        }
        MemoryNode node = node(ino);
        synchronized (node) {
            boolean there = node.xattrs.containsKey(MemoryNode.text(name));
            if (there && (flags & XATTR_CREATE) != 0) {
                throw new FsException(Errno.EEXIST);
            }
            if (!there && (flags & XATTR_REPLACE) != 0) {
                throw new FsException(Errno.ENODATA);
            }
            node.xattrs.put(MemoryNode.text(name), value);
        }
    }

    @Override
    public List<byte[]> listxattr(Credentials who, long ino) throws FsException {
        MemoryNode node = node(ino);
        synchronized (node) {
            return node.xattrs.keySet().stream().map(MemoryNode::bytes).toList();
        }
    }

    @Override
    public void removexattr(Credentials who, long ino, byte[] name) throws FsException {
        MemoryNode node = node(ino);
        synchronized (node) {
            if (node.xattrs.remove(MemoryNode.text(name)) == null) {
                throw new FsException(Errno.ENODATA);
            }
        }
    }

    @Override
    public VolumeDetails details() {
        return archive;
    }

    @Override
    public ArchiveFiles archiveFiles() {
        return archive;
    }

    @Override
    public ArchiveQueries archiveQueries() {
        return archive;
    }

    @Override
    public StatfsResult statfs() {
        return new StatfsResult(1 << 20, 1 << 19, 1 << 20, 1 << 19, 42);
    }

    @Override
    public void setCacheOwner(CacheOwner newOwner) {
        owner = newOwner;
    }
}
