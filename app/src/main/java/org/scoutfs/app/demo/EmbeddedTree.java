package org.scoutfs.app.demo;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.vfs.LocalVfs;
import org.scoutfs.vfs.PathFiles;
import org.scoutfs.vfs.Paths;
import org.scoutfs.vfs.SimpleCredentials;
import org.scoutfs.vfs.Vfs;

/** The tree of a volume that is mounted in this process, without a kernel in between. */
final class EmbeddedTree implements Tree.Writable {
    private static final int FILE_MODE = 0644;

    private final LocalVfs vfs;
    private final SimpleCredentials who = SimpleCredentials.root();
    private final PathFiles files;
    private final Paths paths;

    EmbeddedTree(LocalVfs vfs) {
        this.vfs = vfs;
        this.files = new PathFiles(vfs, who);
        this.paths = new Paths(vfs);
    }

    @Override
    public List<Node> walk() throws FsException {
        List<Node> nodes = new ArrayList<>();
        files.walk("/", (path, attributes) -> nodes.add(node(path, attributes)));
        return nodes;
    }

    private Node node(String path, Attributes attributes) throws FsException {
        String target = Modes.isSymlink(attributes.mode())
                ? new String(vfs.readlink(who, attributes.ino()), StandardCharsets.UTF_8)
                : "";
        return new Node(
                path.substring(1),
                attributes.mode(),
                Modes.isRegular(attributes.mode()) ? attributes.size() : 0,
                attributes.mtime(),
                target);
    }

    @Override
    public Reader read(String path) throws FsException {
        OpenFile file = files.open("/" + path, 0);
        return new Reader() {
            private long offset;

            @Override
            public int read(byte[] buffer) throws FsException {
                int count = vfs.read(file, offset, MemorySegment.ofArray(buffer));
                offset += count;
                return count;
            }

            @Override
            public void close() {
                vfs.release(file);
            }
        };
    }

    private Paths.Place find(String path) throws FsException {
        return paths.find(who, Vfs.ROOT_INO, Paths.bytes("/" + path), false);
    }

    @Override
    public void mkdir(String path) throws FsException {
        files.mkdirs("/" + path);
    }

    @Override
    public void symlink(String path, String target) throws FsException {
        Paths.Place place = find(path);
        vfs.forget(
                vfs.symlink(who, place.dir(), place.name(), Paths.bytes(target)).ino(), 1);
    }

    @Override
    public Writer create(String path) throws FsException {
        Paths.Place place = find(path);
        Vfs.Created created = vfs.create(who, place.dir(), place.name(), FILE_MODE, Modes.O_WRONLY | Modes.O_CREAT);
        vfs.forget(created.attributes().ino(), 1);
        OpenFile file = created.file();
        return new Writer() {
            private long offset;

            @Override
            public void write(byte[] buffer, int count) throws FsException {
                MemorySegment all = MemorySegment.ofArray(buffer);
                int written = 0;
                while (written < count) {
                    written += vfs.write(file, offset + written, all.asSlice(written, count - written), false);
                }
                offset += count;
            }

            @Override
            public void close() {
                vfs.release(file);
            }
        };
    }

    @Override
    public void setAttributes(String path, int mode, Timespec mtime) throws FsException {
        Integer permissions = Modes.isSymlink(mode) ? null : mode & Modes.PERMISSIONS;
        vfs.setattr(
                who, find(path).ino(), new AttributeChanges(permissions, null, null, null, null, mtime, null, false));
    }

    @Override
    public void sync() throws FsException {
        vfs.syncfs();
    }
}
