package org.scoutfs.app.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class LocalMountTest {
    @TempDir
    private Path run;

    private Path mount(String ident) throws IOException {
        Path directory = Files.createDirectories(run.resolve(ident));
        Files.createDirectories(directory.resolve("quorum"));
        Files.writeString(directory.resolve("rid"), "fedcba9876543210\n");
        Files.writeString(directory.resolve("quorum/is_leader"), "1");
        Files.writeString(directory.resolve("quorum/status"), """
            quorum_slot_nr 3
            term 17
            role 2 (leader)
            """);
        return directory;
    }

    @Test
    void readsWhatIsThere() throws IOException, InterruptedException {
        mount("f.000001.r.fedcba");
        Files.createDirectory(run.resolve("lost+found"));

        LocalMount mount = LocalMount.all(run).getFirst();

        assertThat(LocalMount.all(run)).hasSize(1);
        assertThat(mount.id("rid")).isEqualTo(0xfedcba9876543210L);
        assertThat(mount.isLeader()).isTrue();
        assertThat(mount.quorum("term", 1)).isEqualTo("17");
        assertThat(mount.quorum("role", 2)).isEqualTo("(leader)");
        assertThat(mount.quorum("vote_for", 1)).isNull();
        assertThat(mount.get("server")).isEmpty();
    }

    @Test
    void nothingWasEverMounted() throws InterruptedException {
        assertThat(LocalMount.all(run.resolve("absent"))).isEmpty();
    }

    /** A pipe that nobody writes to stands for a daemon that hangs. */
    @Test
    @Timeout(30)
    void mountThatHangsIsShownAsSilentAndKeepsNobodyWaiting() throws IOException, InterruptedException {
        mount("f.000001.r.fedcba");
        Path hanging = Files.createDirectories(run.resolve("f.000001.r.000000"));
        assertThat(new ProcessBuilder("mkfifo", hanging.resolve("rid").toString())
                        .start()
                        .waitFor())
                .isZero();

        assertThat(LocalMount.all(run)).extracting(LocalMount::answers).containsExactly(false, true);
    }

    @Test
    void durationsAreShort() {
        assertThat(MountsCommand.duration("3.249")).isEqualTo("3.2s");
        assertThat(MountsCommand.duration("725.0")).isEqualTo("12m05s");
        assertThat(MountsCommand.duration("14820.5")).isEqualTo("4h07m");
        assertThat(MountsCommand.duration("273600")).isEqualTo("3d04h");
        assertThat(MountsCommand.duration("")).isEqualTo("-");
    }
}
