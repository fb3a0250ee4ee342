package org.scoutfs.vfs;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.Credentials;
import org.scoutfs.fs.FileSystem;
import org.scoutfs.fs.Modes;

/**
 * Path walks as a kernel makes them: search permission on each directory, symlinks up to 40, "." and "..", a trailing slash means a
 * directory. Keeps nothing: each walk sees the present names. What it finds is a number, which may be gone when it is used, but
 * never means something else.
 */
public final class Paths {
    private static final int SYMLINKS_MAX = 40;
    private static final byte SLASH = '/';

    private final FileSystem fs;
    private final Permissions permissions;

    public Paths(LocalVfs vfs) {
        this.fs = vfs.fileSystem();
        this.permissions = new Permissions(fs);
    }

    /**
     * Where a path leads.
     *
     * @param dir the directory of the last component
     * @param name the last component, "." for the root
     * @param ino what it names, 0 if nothing
     * @param mode of that inode, 0 if nothing
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Place(long dir, byte[] name, long ino, int mode) {
        public boolean exists() {
            return ino != 0;
        }

        public boolean isDirectory() {
            return Modes.isDirectory(mode);
        }
    }

    /** UTF-8. */
    public static byte[] bytes(String path) {
        return path.getBytes(StandardCharsets.UTF_8);
    }

    /** {@link #find} that fails with ENOENT if nothing is there; the number. */
    public long resolve(Credentials who, String path) throws FsException {
        Place place = find(who, Vfs.ROOT_INO, bytes(path), true);
        if (!place.exists()) {
            throw new FsException(Errno.ENOENT, path);
        }
        return place.ino();
    }

    /**
     * Walks {@code path}, from the root if it begins with a slash, else from {@code base}. Only the last component may be missing.
     *
     * @param follow whether a symlink as last component is followed
     * @throws FsException ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG
     */
    public Place find(Credentials who, long base, byte[] path, boolean follow) throws FsException {
        if (path.length == 0) {
            throw new FsException(Errno.ENOENT);
        }
        Deque<byte[]> rest = new ArrayDeque<>(split(path));
        boolean directoryWanted = path[path.length - 1] == SLASH;
        long at = path[0] == SLASH ? Vfs.ROOT_INO : base;
        Place place = new Place(at, bytes("."), at, Modes.S_IFDIR);
        int symlinks = 0;
        while (!rest.isEmpty()) {
            byte[] name = rest.removeFirst();
            boolean last = rest.isEmpty();
            place = step(who, at, name);
            if (!place.exists()) {
                if (last) {
                    return place;
                }
                throw new FsException(Errno.ENOENT);
            }
            if (Modes.isSymlink(place.mode()) && (!last || follow || directoryWanted)) {
                if (++symlinks > SYMLINKS_MAX) {
                    throw new FsException(Errno.ELOOP);
                }
                byte[] target = fs.readlink(place.ino());
                at = target[0] == SLASH ? Vfs.ROOT_INO : at;
                directoryWanted |= last && target[target.length - 1] == SLASH;
                pushFront(rest, split(target));
                place = new Place(at, bytes("."), at, Modes.S_IFDIR);
                continue;
            }
            if ((!last || directoryWanted) && !place.isDirectory()) {
                throw new FsException(Errno.ENOTDIR);
            }
            at = place.ino();
        }
        return place;
    }

    private Place step(Credentials who, long dir, byte[] name) throws FsException {
        permissions.search(who, dir);
        if (Permissions.isDots(name)) {
            return new Place(dir, name, Permissions.isDotDot(name) ? fs.parent(dir) : dir, Modes.S_IFDIR);
        }
        try {
            long ino = fs.find(dir, name);
            return new Place(dir, name, ino, fs.getattr(ino).mode());
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT) {
                return new Place(dir, name, 0, 0);
            }
            throw e;
        }
    }

    private static void pushFront(Deque<byte[]> rest, List<byte[]> names) {
        for (byte[] name : names.reversed()) {
            rest.addFirst(name);
        }
    }

    /** The components between slashes. */
    private static List<byte[]> split(byte[] path) {
        List<byte[]> names = new ArrayList<>();
        int from = 0;
        for (int i = 0; i <= path.length; i++) {
            if (i == path.length || path[i] == SLASH) {
                if (i > from) {
                    names.add(Arrays.copyOfRange(path, from, i));
                }
                from = i + 1;
            }
        }
        return names;
    }
}
