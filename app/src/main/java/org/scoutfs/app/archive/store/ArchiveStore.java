package org.scoutfs.app.archive.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An archive directory that carries the mark of a volume. Any number of agents, on any hosts, may have it open; all threads.
 *
 * <p>A directory without the mark is refused: it may be the empty place of a store that is not mounted, and then nothing would seem to be
 * archived and everything lost.
 */
public final class ArchiveStore {
    /** All parts of an object but the last have this many bytes. */
    public static final int PART_BYTES = ObjectTable.PART_BYTES;

    private static final String MARK = "store";
    private static final String POSITION = "position";
    private static final String LOCK = "lock";

    private final Path root;
    private final StoreMark mark;
    private final String process;
    private final AtomicLong temporaries = new AtomicLong();

    private ArchiveStore(Path root, StoreMark mark, String process) {
        this.root = root;
        this.mark = mark;
        this.process = process;
    }

    /** Takes the lock of the archiving agent; closing it gives it up, and so does the end of the process. */
    public interface Held extends AutoCloseable {
        @Override
        void close() throws IOException;
    }

    /**
     * Makes an empty or missing directory the store of a volume.
     *
     * @param id random
     */
    public static void create(Path root, long id, long fsid) throws IOException {
        Files.createDirectories(root);
        if (Files.exists(root.resolve(MARK))) {
            throw new IOException(root + " is an archive store already");
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
            for (Path entry : entries) {
                if (!entry.endsWith("lost+found")) {
                    throw new IOException(
                            root + " holds " + entry.getFileName() + "; a new store needs an empty directory");
                }
            }
        }
        Files.createDirectories(root.resolve("objects"));
        Files.createDirectories(root.resolve("tmp"));
        Files.createDirectories(root.resolve("status"));
        Durable.replace(root.resolve(MARK), root.resolve("tmp").resolve(MARK), new StoreMark(id, fsid).text());
    }

    /** @param process random, of this process: names its temporary files */
    public static ArchiveStore open(Path root, long process) throws IOException {
        Path real = root.toAbsolutePath();
        return new ArchiveStore(real, StoreMark.read(real.resolve(MARK)), Long.toHexString(process));
    }

    public long id() {
        return mark.id();
    }

    /** The volume that it belongs to. */
    public long fsid() {
        return mark.fsid();
    }

    public Path root() {
        return root;
    }

    /**
     * Whether the directory still is this store. Asked before something counts as missing.
     *
     * @throws IOException if it is not, or does not answer
     */
    public void checkPresent() throws IOException {
        StoreMark now = StoreMark.read(root.resolve(MARK));
        if (!now.equals(mark)) {
            throw new IOException(root + " is another store now");
        }
    }

    Path objects() {
        return root.resolve("objects");
    }

    /** Where an object is or would be. */
    public Path path(ObjectName name) {
        return objects().resolve(ObjectName.folder(name.ino())).resolve(name.toString());
    }

    public ObjectWriter write() throws IOException {
        return new ObjectWriter(this, temporary());
    }

    private Path temporary() {
        return root.resolve("tmp").resolve(process + "." + temporaries.incrementAndGet());
    }

    /**
     * Opens an object and verifies its table.
     *
     * @throws DamagedObjectException if it is missing or damaged
     * @throws IOException if the store does not answer
     */
    public StoredObject open(ObjectName name) throws IOException {
        try {
            return StoredObject.open(path(name), name);
        } catch (DamagedObjectException e) {
            checkPresent();
            throw e;
        }
    }

    /** Some object of a version of a file; null if there is none. */
    public @Nullable ObjectName find(long ino, long version) throws IOException {
        String glob = ObjectName.prefix(ino, version) + "*";
        try (DirectoryStream<Path> found = Files.newDirectoryStream(objects().resolve(ObjectName.folder(ino)), glob)) {
            for (Path path : found) {
                ObjectName name = ObjectName.parse(path.getFileName().toString());
                if (name != null) {
                    return name;
                }
            }
            return null;
        } catch (NoSuchFileException e) {
            checkPresent();
            return null;
        }
    }

    /** All objects, group by group. */
    public <E extends Exception> void forEachFolder(FolderVisitor<E> visitor) throws IOException, E {
        for (Path high : entries(objects())) {
            for (Path low : entries(high)) {
                List<ObjectName> names = new ArrayList<>();
                for (Path path : entries(low)) {
                    ObjectName name = ObjectName.parse(path.getFileName().toString());
                    if (name != null) {
                        names.add(name);
                    }
                }
                visitor.visit(names);
            }
        }
    }

    /** Is shown the objects of one folder. */
    @FunctionalInterface
    public interface FolderVisitor<E extends Exception> {
        void visit(List<ObjectName> names) throws IOException, E;
    }

    /** What writers that have died left behind. */
    public List<Path> temporaries() throws IOException {
        return entries(root.resolve("tmp"));
    }

    private static List<Path> entries(Path folder) throws IOException {
        List<Path> all = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            stream.forEach(all::add);
        } catch (NotDirectoryException e) {
            return List.of();
        }
        all.sort(null);
        return all;
    }

    /**
     * Becomes the one agent that archives and releases.
     *
     * @return null if another one is
     */
    public @Nullable Held tryLock() throws IOException {
        FileChannel channel = FileChannel.open(root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return channel::close;
            }
        } catch (OverlappingFileLockException e) {
            // an agent of this process has it
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        return null;
    }

    public StorePosition position() throws IOException {
        return StorePosition.read(root.resolve(POSITION));
    }

    public void savePosition(StorePosition position) throws IOException {
        Durable.replace(root.resolve(POSITION), temporary(), position.text());
    }

    /** Replaces what an agent says of itself. */
    public void saveStatus(String agent, String text) throws IOException {
        Durable.replace(root.resolve("status").resolve(agent), temporary(), text);
    }

    /** What agents last said of themselves, by name. */
    public List<Path> statuses() throws IOException {
        return entries(root.resolve("status"));
    }
}
