package org.scoutfs.app.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.FormatMethod;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Very many files in one directory and in a tree: creates do not get slower, a listing gives each name once while names come and go, memory
 * stays within what the options say, and an unmount does not take long.
 *
 * <p>{@code -DargLine="-Dscoutfs.files=1000000 -Xmx6g"} is the full size (the check at its end keeps all inodes in memory), with {@code
 * -Dscoutfs.files.flat=0.8} as what the rate of the last tenth must be of the first one's. Without it rates are only printed, as they mean
 * nothing on a machine that does other things; the daemon's processor time beside them means more there.
 */
class ManyFilesIT {
    private static final int PORT = 43180;
    private static final int FILES = Integer.getInteger("scoutfs.files", 30_000);
    private static final double FLAT = Double.parseDouble(System.getProperty("scoutfs.files.flat", "0"));
    private static final int TENTHS = 10;
    private static final int FILES_PER_DIRECTORY = 1000;
    private static final int LISTINGS = 3;
    private static final int CHURNERS = 2;
    /** Names that a churner has at a time. */
    private static final int CHURN_NAMES = 64;

    /** What flags and options allow a daemon: heap, block cache with what transactions may add to it, pages. */
    private static final long MEMORY_LIMIT_BYTES = (1024L << 20) + (768L << 20) + (128L << 20);

    /** Code, stacks and tables of a JVM. */
    private static final long JVM_BYTES = 256L << 20;

    @TempDir
    private static Path dir;

    @BeforeAll
    static void programs() {
        Programs.require("umount", "truncate");
    }

    @Test
    void staysFlatSmallAndComplete() throws Exception {
        try (TestVolume volume = TestVolume.create(dir, PORT)) {
            volume.mount("");
            Path one = Files.createDirectory(volume.mountPoint().resolve("one"));
            Path tree = Files.createDirectory(volume.mountPoint().resolve("tree"));
            create("one directory", volume, i -> one.resolve(name(i)));
            create("tree", volume, i -> inTree(tree, i));
            listWhileNamesComeAndGo(one);
            DaemonUsage usage = DaemonUsage.of(volume.daemon());
            print("memory: %d MiB, at most %d MiB", usage.rssBytes() >> 20, usage.peakRssBytes() >> 20);
            assertThat(usage.peakRssBytes()).as("peak memory").isLessThan(MEMORY_LIMIT_BYTES + JVM_BYTES);
            timed("unmount", () -> {
                volume.unmount();
                return null;
            });
            timed("mount", () -> {
                volume.mount("");
                return null;
            });
            BitSet found = timed("listing after the mount", () -> list(one));
            assertThat(found.cardinality()).isEqualTo(FILES);
            assertThat(Files.exists(inTree(tree, FILES - 1))).isTrue();
            volume.unmount();
            timed("check", () -> {
                volume.check();
                return null;
            });
        }
    }

    private interface Namer {
        Path path(int file);
    }

    private static String name(int file) {
        return "file-%07d".formatted(file);
    }

    private static Path inTree(Path tree, int file) {
        int directory = file / FILES_PER_DIRECTORY;
        return tree.resolve("%03d".formatted(directory / 100), "%02d".formatted(directory % 100), name(file));
    }

    private static void create(String what, TestVolume volume, Namer namer) throws IOException {
        double[] rates = new double[TENTHS];
        for (int tenth = 0; tenth < TENTHS; tenth++) {
            int from = (int) ((long) FILES * tenth / TENTHS);
            int to = (int) ((long) FILES * (tenth + 1) / TENTHS);
            long cpu = DaemonUsage.of(volume.daemon()).cpuTicks();
            long start = System.nanoTime();
            for (int i = from; i < to; i++) {
                Path path = namer.path(i);
                if (i % FILES_PER_DIRECTORY == 0) {
                    Files.createDirectories(path.getParent());
                }
                Files.createFile(path);
            }
            rates[tenth] = (to - from) / seconds(start);
            DaemonUsage usage = DaemonUsage.of(volume.daemon());
            print(
                    "%s, tenth %2d: %,8.0f creates/s, daemon %5.1f us each, %d MiB",
                    what,
                    tenth + 1,
                    rates[tenth],
                    (usage.cpuTicks() - cpu) * (1e6 / DaemonUsage.TICKS_PER_SECOND) / (to - from),
                    usage.rssBytes() >> 20);
        }
        double ratio = rates[TENTHS - 1] / rates[0];
        print("%s: last tenth / first tenth = %.2f", what, ratio);
        assertThat(ratio).as("rate of the last creates to that of the first").isGreaterThanOrEqualTo(FLAT);
    }

    /** The names that are there all the time exactly once in each listing; of the others, none of which comes back, none twice. */
    private static void listWhileNamesComeAndGo(Path one) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        try (ExecutorService threads = Executors.newFixedThreadPool(CHURNERS)) {
            List<Future<Integer>> churners;
            try {
                churners = java.util.stream.IntStream.range(0, CHURNERS)
                        .mapToObj(number -> threads.submit(() -> churn(one, number, over)))
                        .toList();
                for (int i = 0; i < LISTINGS; i++) {
                    BitSet found = timed("listing while names come and go", () -> list(one));
                    assertThat(found.cardinality()).isEqualTo(FILES);
                }
            } finally {
                over.set(true);
            }
            for (Future<Integer> churner : churners) {
                int names = churner.get();
                print("names that came and went: %,d", names);
                assertThat(names).isPositive();
            }
        }
    }

    private static int churn(Path one, int number, AtomicBoolean over) throws IOException {
        int made = 0;
        int removed = 0;
        while (!over.get()) {
            Files.createFile(one.resolve("churn-" + number + "-" + made++));
            if (made - removed > CHURN_NAMES) {
                Files.delete(one.resolve("churn-" + number + "-" + removed++));
            }
        }
        int whole = made;
        while (removed < made) {
            Files.delete(one.resolve("churn-" + number + "-" + removed++));
        }
        return whole;
    }

    /** Numbers of the files that were there once. */
    private static BitSet list(Path one) throws IOException {
        BitSet found = new BitSet(FILES);
        Set<String> others = new HashSet<>();
        try (DirectoryStream<Path> names = Files.newDirectoryStream(one)) {
            for (Path path : names) {
                String name = path.getFileName().toString();
                if (name.startsWith("file-")) {
                    int number = Integer.parseInt(name.substring("file-".length()));
                    assertThat(found.get(number)).as("second time: " + name).isFalse();
                    found.set(number);
                } else if (!others.add(name)) {
                    throw new AssertionError("second time: " + name);
                }
            }
        }
        return found;
    }

    private static <T> T timed(String what, Callable<T> action) throws Exception {
        long start = System.nanoTime();
        T result = action.call();
        print("%s: %.2f s", what, seconds(start));
        return result;
    }

    private static double seconds(long startNanos) {
        return (System.nanoTime() - startNanos) / 1e9;
    }

    @FormatMethod
    private static void print(String format, Object... arguments) {
        System.out.println(String.format(java.util.Locale.ROOT, format, arguments));
    }
}
