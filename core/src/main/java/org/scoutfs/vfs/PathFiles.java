package org.scoutfs.vfs;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.Credentials;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.OpenFile;

/** Whole-file operations by path for one caller: what demonstrations, tools and tests need. Paths are UTF-8 and from the root. */
public final class PathFiles {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final int FILE_MODE = 0666;
    private static final int DIRECTORY_MODE = 0777;

    private final LocalVfs vfs;
    private final Paths paths;
    private final Credentials who;

    public PathFiles(LocalVfs vfs, Credentials who) {
        this.vfs = vfs;
        this.paths = new Paths(vfs);
        this.who = who;
    }

    /** Visits what {@link #walk} finds, directories before what is in them. */
    @FunctionalInterface
    public interface Visitor {
        void visit(String path, Attributes attributes) throws FsException;
    }

    public Attributes stat(String path) throws FsException {
        return vfs.getattr(paths.resolve(who, path));
    }

    public boolean exists(String path) throws FsException {
        try {
            paths.resolve(who, path);
            return true;
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT) {
                return false;
            }
            throw e;
        }
    }

    /** Makes a directory and those above it that are missing. */
    public void mkdirs(String path) throws FsException {
        StringBuilder prefix = new StringBuilder();
        for (String name : path.split("/", -1)) {
            if (name.isEmpty()) {
                continue;
            }
            prefix.append('/').append(name);
            Paths.Place place = find(prefix.toString());
            if (!place.exists()) {
                mkdir(place);
            } else if (!place.isDirectory()) {
                throw new FsException(Errno.ENOTDIR, prefix.toString());
            }
        }
    }

    private void mkdir(Paths.Place place) throws FsException {
        try {
            vfs.forget(vfs.mkdir(who, place.dir(), place.name(), DIRECTORY_MODE).ino(), 1);
        } catch (FsException e) {
            // somebody else was faster
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
        }
    }

    /** Opens as open(2) does, O_CREAT, O_EXCL and O_TRUNC included. The caller releases the file. */
    public OpenFile open(String path, int flags) throws FsException {
        boolean create = (flags & Modes.O_CREAT) != 0;
        boolean exclusive = create && (flags & Modes.O_EXCL) != 0;
        Paths.Place place = paths.find(who, Vfs.ROOT_INO, Paths.bytes(path), !exclusive);
        if (place.exists()) {
            if (exclusive) {
                throw new FsException(Errno.EEXIST, path);
            }
            return vfs.open(who, place.ino(), flags);
        }
        if (!create) {
            throw new FsException(Errno.ENOENT, path);
        }
        Vfs.Created created = vfs.create(who, place.dir(), place.name(), FILE_MODE, flags);
        vfs.forget(created.attributes().ino(), 1);
        return created.file();
    }

    /** Makes or replaces the contents of a file; returns how many bytes it has now. Not durable before a sync. */
    public long copyIn(InputStream from, String path) throws FsException, IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        MemorySegment segment = MemorySegment.ofArray(buffer);
        OpenFile file = open(path, Modes.O_WRONLY | Modes.O_CREAT | Modes.O_TRUNC);
        try {
            long offset = 0;
            int count;
            while ((count = from.readNBytes(buffer, 0, buffer.length)) > 0) {
                int written = 0;
                while (written < count) {
                    written += vfs.write(file, offset + written, segment.asSlice(written, count - written), false);
                }
                offset += count;
            }
            return offset;
        } finally {
            vfs.release(file);
        }
    }

    /** Copies a file's contents; returns how many bytes. */
    public long copyOut(String path, OutputStream to) throws FsException, IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        OpenFile file = open(path, 0);
        try {
            long offset = 0;
            int count;
            while ((count = vfs.read(file, offset, MemorySegment.ofArray(buffer))) > 0) {
                to.write(buffer, 0, count);
                offset += count;
            }
            return offset;
        } finally {
            vfs.release(file);
        }
    }

    /** Names in a directory in the order they were made, without "." and "..". */
    public List<String> list(String path) throws FsException {
        List<String> names = new ArrayList<>();
        OpenFile dir = open(path, 0);
        try {
            vfs.readdir(dir, 2, false, (name, ino, mode, next, attributes) -> {
                names.add(new String(name, StandardCharsets.UTF_8));
                return true;
            });
        } finally {
            vfs.release(dir);
        }
        return names;
    }

    /** Visits everything below a directory, symlinks not followed. What vanishes meanwhile is left out. */
    public void walk(String path, Visitor visitor) throws FsException {
        for (String name : list(path)) {
            String child = path.endsWith("/") ? path + name : path + "/" + name;
            Paths.Place place = find(child);
            if (!place.exists()) {
                continue;
            }
            visitor.visit(child, vfs.getattr(place.ino()));
            if (place.isDirectory()) {
                walk(child, visitor);
            }
        }
    }

    /** Removes a name; a directory must be empty. */
    public void remove(String path) throws FsException {
        Paths.Place place = find(path);
        if (place.isDirectory()) {
            vfs.rmdir(who, place.dir(), place.name());
        } else {
            vfs.unlink(who, place.dir(), place.name());
        }
    }

    public void rename(String from, String to) throws FsException {
        Paths.Place source = find(from);
        Paths.Place target = find(to);
        vfs.rename(who, source.dir(), source.name(), target.dir(), target.name(), 0);
    }

    private Paths.Place find(String path) throws FsException {
        return paths.find(who, Vfs.ROOT_INO, Paths.bytes(path), false);
    }
}
