package org.scoutfs.app.demo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.Modes;

/** A directory of this machine, a mount point included. */
final class DirectoryTree implements Tree.Writable {
    private final Path root;

    DirectoryTree(Path root) {
        this.root = root;
    }

    @Override
    public List<Node> walk() throws IOException {
        List<Node> nodes = new ArrayList<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) throws IOException {
                if (!dir.equals(root)) {
                    nodes.add(node(dir));
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (!attributes.isOther()) {
                    nodes.add(node(file));
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return nodes;
    }

    private Node node(Path path) throws IOException {
        Map<String, Object> found =
                Files.readAttributes(path, "unix:mode,size,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
        int mode = (Integer) value(found, "mode");
        Instant mtime = ((FileTime) value(found, "lastModifiedTime")).toInstant();
        String target = Modes.isSymlink(mode) ? Files.readSymbolicLink(path).toString() : "";
        return new Node(
                root.relativize(path).toString(),
                mode,
                Modes.isRegular(mode) ? (Long) value(found, "size") : 0,
                new Timespec(mtime.getEpochSecond(), mtime.getNano()),
                target);
    }

    private static Object value(Map<String, Object> attributes, String name) throws IOException {
        Object value = attributes.get(name);
        if (value == null) {
            throw new IOException("this platform does not tell the " + name + " of a file");
        }
        return value;
    }

    @Override
    public Reader read(String path) throws IOException {
        FileChannel channel = FileChannel.open(root.resolve(path), StandardOpenOption.READ);
        return new Reader() {
            @Override
            public int read(byte[] buffer) throws IOException {
                ByteBuffer left = ByteBuffer.wrap(buffer);
                while (left.hasRemaining() && channel.read(left) > 0) {
                    // until full or at the end
                }
                return left.position();
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }

    @Override
    public void mkdir(String path) throws IOException {
        Files.createDirectory(root.resolve(path));
    }

    @Override
    public void symlink(String path, String target) throws IOException {
        Files.createSymbolicLink(root.resolve(path), Path.of(target));
    }

    @Override
    public Writer create(String path) throws IOException {
        FileChannel channel =
                FileChannel.open(root.resolve(path), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        return new Writer() {
            @Override
            public void write(byte[] buffer, int count) throws IOException {
                ByteBuffer left = ByteBuffer.wrap(buffer, 0, count);
                while (left.hasRemaining()) {
                    channel.write(left);
                }
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }

    @Override
    public void setAttributes(String path, int mode, Timespec mtime) throws IOException {
        Path file = root.resolve(path);
        if (!Modes.isSymlink(mode)) {
            Files.setAttribute(file, "unix:mode", mode & Modes.PERMISSIONS);
        }
        FileTime time = FileTime.from(Instant.ofEpochSecond(mtime.seconds(), mtime.nanos()));
        Files.getFileAttributeView(file, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setTimes(time, null, null);
    }

    @Override
    public void sync() throws IOException {
        try (FileChannel channel = FileChannel.open(root, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
