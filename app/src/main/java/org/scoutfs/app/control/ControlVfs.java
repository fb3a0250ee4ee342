package org.scoutfs.app.control;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.Credentials;
import org.scoutfs.fs.DirectoryVisitor;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.fs.StatfsResult;
import org.scoutfs.vfs.CacheOwner;
import org.scoutfs.vfs.Vfs;

/**
 * A tree of {@link ControlNode}s as a file system. Nothing can be made or removed through it. A read at offset 0 makes the contents anew,
 * further reads of the same open file go on in them; each write call is taken by itself. To be mounted without any caching.
 */
final class ControlVfs implements Vfs {
    private static final int DIRECTORY_PERMISSIONS = 0755;
    private static final int SIZE_SHOWN = 4096;

    private final Map<Long, Place> places = new ConcurrentHashMap<>();
    private final Map<ControlNode, Long> numbers = new ConcurrentHashMap<>();
    private final AtomicLong next = new AtomicLong(ROOT_INO + 1);
    private final Timespec time;

    /** A node and the directory it was found in. */
    private record Place(ControlNode node, long parent) {}

    private static final class Opened implements OpenFile {
        private final long ino;
        private final int flags;
        private byte[] contents = {};

        Opened(long ino, int flags) {
            this.ino = ino;
            this.flags = flags;
        }

        @Override
        public long ino() {
            return ino;
        }

        @Override
        public int flags() {
            return flags;
        }

        @Override
        public boolean writable() {
            return Modes.isWritable(flags);
        }
    }

    /** @param time shown as every time of every file */
    ControlVfs(ControlNode.Directory root, Timespec time) {
        this.time = time;
        places.put(ROOT_INO, new Place(root, ROOT_INO));
        numbers.put(root, ROOT_INO);
    }

    private Place place(long ino) throws FsException {
        Place place = places.get(ino);
        if (place == null) {
            throw new FsException(Errno.ESTALE);
        }
        return place;
    }

    private ControlNode.Directory directory(long ino) throws FsException {
        if (place(ino).node() instanceof ControlNode.Directory directory) {
            return directory;
        }
        throw new FsException(Errno.ENOTDIR);
    }

    private ControlNode.File file(long ino) throws FsException {
        if (place(ino).node() instanceof ControlNode.File file) {
            return file;
        }
        throw new FsException(Errno.EISDIR);
    }

    private long number(ControlNode node, long parent) {
        return numbers.computeIfAbsent(node, made -> {
            long ino = next.getAndIncrement();
            places.put(ino, new Place(made, parent));
            return ino;
        });
    }

    private static int mode(ControlNode node) {
        return switch (node) {
            case ControlNode.Directory _ -> Modes.S_IFDIR | DIRECTORY_PERMISSIONS;
            case ControlNode.File file -> Modes.S_IFREG | file.permissions();
        };
    }

    @Override
    public Attributes lookup(Credentials who, long dir, byte[] name) throws FsException {
        String text = new String(name, StandardCharsets.UTF_8);
        if (text.equals(".")) {
            return getattr(dir);
        }
        if (text.equals("..")) {
            return getattr(place(dir).parent());
        }
        ControlNode node = directory(dir).children().get(text);
        if (node == null) {
            throw new FsException(Errno.ENOENT);
        }
        return getattr(number(node, dir));
    }

    @Override
    public void forget(long ino, long count) {
        // numbers last as long as the mount: there are few
    }

    @Override
    public Attributes getattr(long ino) throws FsException {
        ControlNode node = place(ino).node();
        boolean directory = node instanceof ControlNode.Directory;
        return new Attributes(
                ino,
                directory ? 0 : SIZE_SHOWN,
                0,
                mode(node),
                directory ? 2 : 1,
                0,
                0,
                0,
                time,
                time,
                time,
                time,
                0,
                0,
                0,
                0,
                0,
                0,
                0);
    }

    /** {@code >} truncates before it writes, which means nothing here. */
    @Override
    public Attributes setattr(Credentials who, long ino, AttributeChanges changes) throws FsException {
        if (changes.mode() != null || changes.uid() != null || changes.gid() != null) {
            throw new FsException(Errno.EPERM);
        }
        return getattr(ino);
    }

    /** The kernel judges by the modes. */
    @Override
    public void access(Credentials who, long ino, int mask) throws FsException {
        place(ino);
    }

    @Override
    public OpenFile open(Credentials who, long ino, int flags) throws FsException {
        ControlNode node = place(ino).node();
        if (Modes.isWritable(flags)) {
            if (node instanceof ControlNode.Directory) {
                throw new FsException(Errno.EISDIR);
            }
            if (!file(ino).isWritable()) {
                throw new FsException(Errno.EACCES);
            }
        }
        return new Opened(ino, flags);
    }

    @Override
    public void release(OpenFile file) {
        // holds nothing
    }

    @Override
    public int read(OpenFile file, long offset, MemorySegment dst) throws FsException {
        Opened opened = (Opened) file;
        synchronized (opened) {
            if (offset == 0) {
                opened.contents = file(opened.ino).text().getBytes(StandardCharsets.UTF_8);
            }
            byte[] contents = opened.contents;
            if (offset >= contents.length) {
                return 0;
            }
            int count = (int) Math.min(dst.byteSize(), contents.length - offset);
            MemorySegment.copy(contents, (int) offset, dst, ValueLayout.JAVA_BYTE, 0, count);
            return count;
        }
    }

    @Override
    public int write(OpenFile file, long offset, MemorySegment src, boolean killSuidgid) throws FsException {
        byte[] bytes = src.toArray(ValueLayout.JAVA_BYTE);
        file(file.ino()).write(new String(bytes, StandardCharsets.UTF_8));
        return bytes.length;
    }

    @Override
    public void readdir(OpenFile directory, long offset, boolean withAttributes, DirectoryVisitor visitor)
            throws FsException {
        long dir = directory.ino();
        List<Map.Entry<String, Long>> entries = new ArrayList<>();
        entries.add(Map.entry(".", dir));
        entries.add(Map.entry("..", place(dir).parent()));
        directory(dir).children().forEach((name, node) -> entries.add(Map.entry(name, number(node, dir))));
        for (int i = (int) Math.min(offset, entries.size()); i < entries.size(); i++) {
            long ino = entries.get(i).getValue();
            byte[] name = entries.get(i).getKey().getBytes(StandardCharsets.UTF_8);
            int type = mode(place(ino).node()) & Modes.S_IFMT;
            if (!visitor.entry(name, ino, type, i + 1L, withAttributes && i >= 2 ? getattr(ino) : null)) {
                return;
            }
        }
    }

    @Override
    public StatfsResult statfs() {
        return new StatfsResult(0, 0, 0, 0, 0);
    }

    @Override
    public void setCacheOwner(CacheOwner owner) {
        // nothing is ever revoked: nothing may be cached
    }

    @Override
    public void fsync(long ino) {
        // nothing is stored
    }

    @Override
    public void syncfs() {
        // nothing is stored
    }

    private static FsException refused() {
        return new FsException(Errno.EPERM);
    }

    @Override
    public byte[] readlink(Credentials who, long ino) throws FsException {
        throw new FsException(Errno.EINVAL);
    }

    @Override
    public Attributes mknod(Credentials who, long dir, byte[] name, int mode, int rdev) throws FsException {
        throw refused();
    }

    @Override
    public Attributes mkdir(Credentials who, long dir, byte[] name, int mode) throws FsException {
        throw refused();
    }

    @Override
    public Attributes symlink(Credentials who, long dir, byte[] name, byte[] target) throws FsException {
        throw refused();
    }

    @Override
    public Attributes link(Credentials who, long ino, long dir, byte[] name) throws FsException {
        throw refused();
    }

    @Override
    public void unlink(Credentials who, long dir, byte[] name) throws FsException {
        throw refused();
    }

    @Override
    public void rmdir(Credentials who, long dir, byte[] name) throws FsException {
        throw refused();
    }

    @Override
    public void rename(Credentials who, long dir, byte[] name, long newDir, byte[] newName, int flags)
            throws FsException {
        throw refused();
    }

    @Override
    public Created create(Credentials who, long dir, byte[] name, int mode, int flags) throws FsException {
        throw refused();
    }

    @Override
    public Created tmpfile(Credentials who, long dir, int mode, int flags) throws FsException {
        throw new FsException(Errno.EOPNOTSUPP);
    }

    @Override
    public void fallocate(OpenFile file, int mode, long offset, long length) throws FsException {
        throw new FsException(Errno.EOPNOTSUPP);
    }

    @Override
    public long seek(OpenFile file, long offset, int whence) throws FsException {
        throw new FsException(Errno.EINVAL);
    }

    @Override
    public byte[] getxattr(Credentials who, long ino, byte[] name) throws FsException {
        throw new FsException(Errno.EOPNOTSUPP);
    }

    @Override
    public void setxattr(Credentials who, long ino, byte[] name, byte[] value, int flags, boolean killSgid)
            throws FsException {
        throw new FsException(Errno.EOPNOTSUPP);
    }

    @Override
    public List<byte[]> listxattr(Credentials who, long ino) {
        return List.of();
    }

    @Override
    public void removexattr(Credentials who, long ino, byte[] name) throws FsException {
        throw new FsException(Errno.EOPNOTSUPP);
    }
}
