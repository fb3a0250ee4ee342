package org.scoutfs.app.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.device.Seeds;

/**
 * A mount is killed while programs write on all of them, most often the one that leads: the others go on soon, nothing that was synced is lost, and
 * the volume is sound. {@code -Dscoutfs.failovers=100} for the long run.
 */
class FailoverIT {
    private static final int PORT = 43210;
    private static final int MOUNTS = 3;
    private static final int FAILOVERS = Integer.getInteger("scoutfs.failovers", 4);
    /** Heartbeat timeout 2 s, election, fencing by the dead process's lost sign of life, and what a busy machine adds. */
    private static final long SERVICE_SECONDS = 20;

    @TempDir
    private static Path dir;

    /** Per path below the mount the checksum of its contents; {@code -} if it must not exist; {@code ?} if it was being changed. */
    private final TreeMap<String, String> expected = new TreeMap<>();

    /** Until all others were served again, in ms: after the death of a leader, and of another mount. */
    private final List<Long> withoutLeaderMs = new ArrayList<>();

    private final List<Long> withLeaderMs = new ArrayList<>();

    @BeforeAll
    static void programs() {
        Programs.require("python3", "umount", "truncate");
    }

    @Test
    void otherMountsGoOnAndNothingSyncedIsLost() throws Exception {
        long seed = Seeds.next("FailoverIT");
        Random random = new Random(seed);
        Path load = Programs.resource("kill_load.py", dir);
        Path verify = Programs.resource("kill_verify.py", dir);
        try (TestCluster cluster = TestCluster.create(dir, PORT, MOUNTS, MOUNTS, "quorum_heartbeat_timeout_ms=2000")) {
            for (int round = 0; round < FAILOVERS; round++) {
                int leader = cluster.leader();
                int victim = round % 2 == 0 && leader >= 0 ? leader : random.nextInt(MOUNTS);
                failover(cluster, load, round, victim, random);
                cluster.mount(victim);
                verify(verify, cluster.mountPoint(random.nextInt(MOUNTS)), round);
            }
            System.out.println(Distribution.of("service on all others after the leader's death", withoutLeaderMs));
            System.out.println(Distribution.of("service on all others after another's death", withLeaderMs));
            cluster.unmountOneByOne(IntStream.range(0, MOUNTS).boxed().toList());
            cluster.check();
        }
    }

    private void failover(TestCluster cluster, Path load, int round, int victim, Random random) throws Exception {
        List<Load> loads = new ArrayList<>();
        try {
            for (int i = 0; i < MOUNTS; i++) {
                loads.add(new Load(load, cluster.mountPoint(i), "r" + round + "_" + i, random.nextInt(1 << 30)));
            }
            for (Load one : loads) {
                one.awaitProgress();
            }
            boolean led = cluster.leader() == victim;
            cluster.kill(victim);
            long killed = System.nanoTime();
            for (int i = 0; i < MOUNTS; i++) {
                if (i != victim) {
                    loads.get(i).awaitProgress();
                }
            }
            long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killed);
            (led ? withoutLeaderMs : withLeaderMs).add(tookMs);
            System.out.printf(
                    "round %d: mount %d killed%s, service on all others after %d ms%n",
                    round, victim, led ? ", the leader" : "", tookMs);
        } finally {
            for (Load one : loads) {
                one.end();
            }
        }
        for (Load one : loads) {
            expected.putAll(one.said);
        }
    }

    private void verify(Path verify, Path mountPoint, int round) throws Exception {
        StringBuilder text = new StringBuilder();
        expected.forEach((path, sum) -> text.append(mountPoint)
                .append('/')
                .append(path)
                .append(' ')
                .append(sum)
                .append('\n'));
        Path list = Files.writeString(dir.resolve("expected"), text, StandardCharsets.UTF_8);
        Programs.Result result =
                Programs.run(120, List.of("python3", verify.toString(), list.toString(), mountPoint.toString()));
        assertThat(result.output())
                .as("differences after round %d", round)
                .isEqualTo("verified " + expected.size() + "\n");
    }

    /** A program that writes in a directory of its own and says what is durable. */
    private static final class Load {
        final ConcurrentSkipListMap<String, String> said = new ConcurrentSkipListMap<>();
        private final Process process;
        private final Thread reader;
        private final String prefix;
        private final AtomicInteger lines = new AtomicInteger();

        Load(Path program, Path mountPoint, String name, int seed) throws IOException {
            prefix = mountPoint + "/";
            process = Programs.start(List.of("python3", program.toString(), prefix + name, Integer.toString(seed)));
            reader = Thread.ofVirtual().start(this::read);
        }

        private void read() {
            try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
                for (String line = output.readLine(); line != null; line = output.readLine()) {
                    String[] words = line.split(" ", -1);
                    if (words.length == 2 && words[0].startsWith(prefix)) {
                        said.put(words[0].substring(prefix.length()), words[1]);
                        lines.incrementAndGet();
                    }
                }
            } catch (IOException e) {
                // killed: what it said until then counts
                said.putIfAbsent("", "?");
            }
        }

        /** Two more results: the first may have been on its way. */
        void awaitProgress() {
            int before = lines.get();
            Awaitility.await()
                    .atMost(SERVICE_SECONDS, TimeUnit.SECONDS)
                    .pollInterval(10, TimeUnit.MILLISECONDS)
                    .until(() -> lines.get() > before + 1);
        }

        void end() throws InterruptedException {
            process.destroyForcibly().waitFor(SERVICE_SECONDS, TimeUnit.SECONDS);
            reader.join();
            said.remove("");
        }
    }
}
