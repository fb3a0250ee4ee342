package org.scoutfs.app.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.OpenFlags;
import org.scoutfs.error.FsException;

/** Many small files and a big one, whose contents follow from a seed. What a reader may find follows from what may have happened to a file. */
final class ArchiveFilesSet {
    private static final int FOLDER = 100;
    private static final int SMALL_MAX = 50_000;
    private static final int MIB = 1 << 20;

    /** What happens to a file while it is read. */
    enum Fate {
        NOTHING,
        RENAMED,
        TRUNCATED,
        UNLINKED
    }

    private final Path top;
    private final long seed;
    private final int count;
    private final int bigMib;

    ArchiveFilesSet(Path top, long seed, int count, int bigMib) {
        this.top = top;
        this.seed = seed;
        this.count = count;
        this.bigMib = bigMib;
    }

    Path path(int i) {
        return top.resolve("d" + i / FOLDER).resolve("f" + i);
    }

    private Path renamed(int i) {
        return top.resolve("d" + i / FOLDER).resolve("renamed" + i);
    }

    Path big() {
        return top.resolve("big");
    }

    static Fate fate(int i) {
        return switch (i % 10) {
            case 3 -> Fate.RENAMED;
            case 5 -> Fate.TRUNCATED;
            case 7 -> Fate.UNLINKED;
            default -> Fate.NOTHING;
        };
    }

    private byte[] contents(int i) {
        Random random = new Random(seed + i);
        byte[] bytes = new byte[random.nextInt(1, SMALL_MAX)];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] bigMib(int i) {
        byte[] bytes = new byte[MIB];
        new Random(seed - 1 - i).nextBytes(bytes);
        return bytes;
    }

    void write() throws IOException {
        for (int i = 0; i < count; i++) {
            if (i % FOLDER == 0) {
                Files.createDirectories(path(i).getParent());
            }
            Files.write(path(i), contents(i));
        }
        try (FileChannel channel = FileChannel.open(big(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int i = 0; i < bigMib; i++) {
                ByteBuffer bytes = ByteBuffer.wrap(bigMib(i));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            }
            channel.force(true);
        }
    }

    /** No block of any file is on the data device. */
    void checkReleased() throws FsException {
        List<Path> online = new ArrayList<>();
        for (Path path : present()) {
            try (IoctlFile file = IoctlFile.open(path.toString(), OpenFlags.O_RDONLY)) {
                if (file.statMore().onlineBlocks() != 0 || file.statMore().offlineBlocks() == 0) {
                    online.add(path);
                }
            }
        }
        assertThat(online).as("files with blocks on the data device").isEmpty();
    }

    private List<Path> present() {
        List<Path> all = new ArrayList<>(List.of(big()));
        IntStream.range(0, count).mapToObj(this::path).filter(Files::exists).forEach(all::add);
        IntStream.range(0, count).mapToObj(this::renamed).filter(Files::exists).forEach(all::add);
        return all;
    }

    /** Changes every file that has a fate, in an order of its own. */
    void meetTheirFates() throws IOException {
        for (int i : order(0)) {
            switch (fate(i)) {
                case NOTHING -> {}
                case RENAMED -> Files.move(path(i), renamed(i));
                case TRUNCATED -> {
                    try (FileChannel channel = FileChannel.open(path(i), StandardOpenOption.WRITE)) {
                        channel.truncate(half(i));
                    }
                }
                case UNLINKED -> Files.delete(path(i));
            }
        }
    }

    private int half(int i) {
        return (contents(i).length + 1) / 2;
    }

    private List<Integer> order(int reader) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, count).boxed().toList());
        Collections.shuffle(order, new Random(seed + reader));
        return order;
    }

    /** Reads all files, each reader in another order, and compares; the big one from another place. */
    void readAll(int reader, int readers, boolean afterTheirFates) throws IOException {
        List<Integer> order = order(reader + 1);
        for (int i : order.subList(0, count / 2)) {
            check(i, afterTheirFates);
        }
        readBig(bigMib * reader / readers);
        for (int i : order.subList(count / 2, count)) {
            check(i, afterTheirFates);
        }
    }

    private void readBig(int firstMib) throws IOException {
        try (FileChannel channel = FileChannel.open(big(), StandardOpenOption.READ)) {
            assertThat(channel.size()).isEqualTo((long) bigMib * MIB);
            ByteBuffer read = ByteBuffer.allocate(MIB);
            for (int k = 0; k < bigMib; k++) {
                int i = (firstMib + k) % bigMib;
                read.clear();
                while (read.hasRemaining() && channel.read(read, (long) i * MIB + read.position()) > 0) {}
                assertThat(Arrays.equals(read.array(), bigMib(i)))
                        .as("MiB %d of the big file", i)
                        .isTrue();
            }
        }
    }

    private void check(int i, boolean afterwards) throws IOException {
        byte[] whole = contents(i);
        byte[] found;
        try {
            found = Files.readAllBytes(afterwards && fate(i) == Fate.RENAMED ? renamed(i) : path(i));
        } catch (NoSuchFileException e) {
            switch (fate(i)) {
                case UNLINKED -> {
                    return;
                }
                case RENAMED -> found = Files.readAllBytes(renamed(i));
                default -> throw e;
            }
        } catch (IOException e) {
            // it lost its last name while its reader waited: the agent could not open it any more
            if (!afterwards && fate(i) == Fate.UNLINKED && !Files.exists(path(i))) {
                return;
            }
            throw new IOException("file " + i + ", " + fate(i) + ": " + e.getMessage(), e);
        }
        boolean isHalf = Arrays.equals(found, Arrays.copyOf(whole, half(i)));
        // one read may meet the truncate half way
        boolean isBetween = found.length >= half(i)
                && found.length <= whole.length
                && Arrays.equals(found, Arrays.copyOf(whole, found.length));
        boolean isWhole = Arrays.equals(found, whole);
        boolean expected = switch (fate(i)) {
            case TRUNCATED -> isHalf || isBetween && !afterwards;
            case UNLINKED -> isWhole && !afterwards;
            default -> isWhole;
        };
        assertThat(expected)
                .as("contents of file %d, %s: %d bytes, written %d", i, fate(i), found.length, whole.length)
                .isTrue();
    }

    /** As {@link #readAll}, for a thread. */
    void readAllUnchecked(int reader, int readers) {
        try {
            readAll(reader, readers, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
