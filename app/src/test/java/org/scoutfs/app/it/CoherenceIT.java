package org.scoutfs.app.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.scoutfs.device.Seeds;

/**
 * Three mounts of one volume behave like a single file system: callers on all of them work at once, and each result and each later look on
 * any mount is what one copy would give. Runs with {@code -Dscoutfs.coherence.seconds=120}, or 1800 for the long run, and not in every build: about
 * one run in three finds something that is not explained yet.
 */
class CoherenceIT {
    private static final int PORT = 43200;
    private static final int MOUNTS = 3;
    private static final int SECONDS = Integer.getInteger("scoutfs.coherence.seconds", 0);
    /** A look at everything at the end, and an operation that hangs is reported after a minute. */
    private static final int MORE_SECONDS = 180;

    @TempDir
    private Path dir;

    @BeforeAll
    static void programs() {
        Assumptions.assumeTrue(SECONDS > 0, "runs with -Dscoutfs.coherence.seconds=120");
        Programs.require("python3", "umount", "truncate");
    }

    /** Both ways by which requests come, each for half of the time. */
    @ParameterizedTest
    @ValueSource(strings = {"auto", "device"})
    void everyResultIsThatOfASingleCopy(String transport) throws Exception {
        long seed = Seeds.next("CoherenceIT") & Integer.MAX_VALUE;
        Programs.resource("coherence_worker.py", dir);
        Programs.resource("coherence_model.py", dir);
        Programs.resource("coherence_ops.py", dir);
        Programs.resource("coherence_races.py", dir);
        Path model = Programs.resource("coherence.py", dir);
        Path races = dir.resolve("coherence_races.py");
        try (TestCluster cluster = TestCluster.create(dir, PORT, MOUNTS, MOUNTS, "transport=" + transport)) {
            run(model, seed, cluster, "checked ");
            run(races, seed, cluster, "raced ");
            cluster.unmountOneByOne(IntStream.range(0, MOUNTS).boxed().toList());
            cluster.check();
        }
    }

    private static void run(Path program, long seed, TestCluster cluster, String success) throws Exception {
        int seconds = SECONDS / 4;
        List<String> command =
                new ArrayList<>(List.of("python3", program.toString(), Long.toString(seed), Integer.toString(seconds)));
        command.addAll(cluster.mountPoints());
        Programs.Result result = Programs.run(seconds + MORE_SECONDS, command);
        assertThat(result.output())
                .as("%s; replay on mounts of your own: %s", program.getFileName(), String.join(" ", command))
                .startsWith(success);
    }
}
