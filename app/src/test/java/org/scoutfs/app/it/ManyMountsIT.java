package org.scoutfs.app.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many mounts of one volume create at once, one caller each: in directories of their own their total rate is that of few mounts, and in one
 * directory, whose lock goes from mount to mount with each file, each gets its share. {@code -Dscoutfs.mounts=15 -Dscoutfs.mounts.seconds=20}
 * for the long run, with {@code -Dscoutfs.mounts.least=1} to demand that the total does not fall.
 */
class ManyMountsIT {
    private static final int PORT = 43320;
    private static final int FEW = 3;
    private static final int MOUNTS = Integer.getInteger("scoutfs.mounts", 5);
    private static final int SECONDS = Integer.getInteger("scoutfs.mounts.seconds", 2);
    private static final double LEAST = Double.parseDouble(System.getProperty("scoutfs.mounts.least", "0"));

    /** No mount gets less than this part of its share. */
    private static final int PARTS_OF_SHARE = 5;

    @TempDir
    private static Path dir;

    @BeforeAll
    static void programs() {
        Programs.require("umount", "truncate");
    }

    @Test
    void manyCreateAsFastAsFewAndShareFairly() throws Exception {
        try (TestCluster cluster = TestCluster.create(dir, PORT, FEW, MOUNTS, "")) {
            long[] few = create(cluster, FEW, "few", false);
            long[] many = create(cluster, MOUNTS, "many", false);
            long[] shared = create(cluster, MOUNTS, "shared", true);
            double ratio = (double) total(many) / total(few);
            System.out.printf("total of %d mounts / of %d: %.2f%n", MOUNTS, FEW, ratio);
            assertThat(ratio).isGreaterThanOrEqualTo(LEAST);
            long least = Arrays.stream(shared).min().orElseThrow();
            assertThat(least * PARTS_OF_SHARE)
                    .as("files in the shared directory by mount: %s", Arrays.toString(shared))
                    .isGreaterThanOrEqualTo(total(shared) / MOUNTS);
            cluster.each(IntStream.range(0, MOUNTS).boxed().toList(), i -> {
                cluster.unmount(i);
                return null;
            });
            cluster.check();
        }
    }

    /** @return how many files each of the first {@code mounts} mounts has created */
    private static long[] create(TestCluster cluster, int mounts, String phase, boolean together) throws Exception {
        List<Integer> all = IntStream.range(0, mounts).boxed().toList();
        List<Path> directories = new ArrayList<>();
        for (int i : all) {
            directories.add(cluster.mountPoint(i).resolve(together ? phase : phase + i));
        }
        for (int i = 0; i < (together ? 1 : mounts); i++) {
            Files.createDirectory(directories.get(i));
        }
        long[] created = new long[mounts];
        // Each has a file before anyone's count begins: all know the directory and want its lock.
        for (int i : all) {
            Files.createFile(directories.get(i).resolve("first" + i));
        }
        CyclicBarrier start = new CyclicBarrier(mounts);
        long begun = System.nanoTime();
        // Virtual threads would take turns on as many threads as there are processors.
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<Long>> running = all.stream()
                    .map(i -> threads.submit(() -> createFor(SECONDS, directories.get(i), i, start)))
                    .toList();
            for (int i : all) {
                created[i] = running.get(i).get();
            }
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        System.out.printf(
                "%s: %d mounts created %.0f files a second, by mount %s%n",
                phase, mounts, total(created) / seconds, Arrays.toString(created));
        return created;
    }

    private static long createFor(int seconds, Path directory, int mount, CyclicBarrier start) throws Exception {
        start.await();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        long count = 0;
        while (System.nanoTime() < end) {
            Files.createFile(directory.resolve("mount" + mount + "-" + count));
            count++;
        }
        return count;
    }

    private static long total(long[] counts) {
        return Arrays.stream(counts).sum();
    }
}
