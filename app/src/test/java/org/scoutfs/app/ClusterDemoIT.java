package org.scoutfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.app.mount.LocalMounts;

/** The demonstration of a failover: daemons on one volume, the leader killed under load. It verifies what was synced by itself. */
class ClusterDemoIT {
    private static final long SECONDS = 180;

    @TempDir
    private Path dir;

    @Test
    void serviceComesBackAndNothingSyncedIsLost() throws IOException, InterruptedException {
        Scoutfs.assumeMountable();
        Scoutfs.Result result = Scoutfs.run(SECONDS, dir, "demo", "volume", "--mounts", "3", "--cleanup");

        assertThat(result.exitCode()).as(result.toString()).isZero();
        assertThat(result.out())
                .containsPattern("kill -9 +m[0-2], the leader")
                .containsPattern("verify +all [1-9][0-9]* files that were synced")
                .contains("no leader", "Unmounted and removed.");
        assertThat(result.out().lines().filter(line -> line.matches("service +m[0-2] was without for \\d+\\.\\d\\d s")))
                .hasSize(2);
        assertThat(dir.resolve("volume")).doesNotExist();
        assertThat(LocalMounts.all()).noneMatch(mount -> mount.directory().startsWith(dir));
    }

    @Test
    void numberOfMountsIsChecked() throws IOException, InterruptedException {
        Scoutfs.Result result = Scoutfs.run(dir, "demo", "volume", "--mounts=16");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("--mounts 16 is not in 2..15");
    }
}
