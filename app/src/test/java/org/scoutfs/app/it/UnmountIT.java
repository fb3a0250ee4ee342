package org.scoutfs.app.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.device.Seeds;

/**
 * Five mounts, three of them members of the quorum, leave all at once or one by one in any order: never one hangs, never one is fenced. {@code
 * -Dscoutfs.unmounts=100} for the long run.
 */
class UnmountIT {
    private static final int PORT = 43220;
    private static final int MEMBERS = 3;
    private static final int MOUNTS = 5;
    private static final int ROUNDS = Integer.getInteger("scoutfs.unmounts", 2);

    @TempDir
    private static Path dir;

    @BeforeAll
    static void programs() {
        Programs.require("umount", "truncate");
    }

    @Test
    void mountsLeaveInAnyOrder() throws Exception {
        long seed = Seeds.next("UnmountIT");
        Random random = new Random(seed);
        try (TestCluster cluster = TestCluster.create(dir, PORT, MEMBERS, MOUNTS, "")) {
            List<Long> tookMs = new ArrayList<>();
            for (int round = 0; round < ROUNDS; round++) {
                List<Integer> order = new ArrayList<>(List.of(0, 1, 2, 3, 4));
                Collections.shuffle(order, random);
                long begun = System.nanoTime();
                if (round % 2 == 0) {
                    cluster.unmountOneByOne(order);
                } else {
                    cluster.each(order, i -> {
                        cluster.unmount(i);
                        return null;
                    });
                }
                tookMs.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
                System.out.printf(
                        "round %d: unmounted %s %s in %d ms%n",
                        round, order, round % 2 == 0 ? "one by one" : "at once", tookMs.getLast());
                assertNobodyWasFenced(cluster, round);
                cluster.check();
                if (round + 1 < ROUNDS) {
                    cluster.each(order, i -> {
                        cluster.mount(i);
                        return null;
                    });
                }
            }
            System.out.println(Distribution.of("unmounts of all", tookMs));
        }
    }

    private static void assertNobodyWasFenced(TestCluster cluster, int round) throws IOException {
        for (int i = 0; i < MOUNTS; i++) {
            assertThat(Files.readString(cluster.log(i)))
                    .as("log of mount %d after round %d", i, round)
                    .contains("unmounted")
                    .doesNotContain("fence request");
        }
    }
}
