package org.scoutfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What packaging/install.sh puts where, and that it works there (spec 5 section 10). */
class InstallIT {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @TempDir
    private Path dir;

    @Test
    void installsEverythingAtThePathsOfTheReference() throws Exception {
        ProcessBuilder install =
                new ProcessBuilder(ROOT.resolve("packaging/install.sh").toString(), "/usr");
        install.environment().put("DESTDIR", dir.toString());
        install.environment().put("SCOUTFS_JAVA_HOME", System.getProperty("java.home"));
        assertThat(run(install)).startsWith("installed /usr/bin/scoutfs");

        for (String program : List.of(
                "usr/sbin/scoutfs",
                "usr/bin/scoutfs",
                "usr/sbin/mount.scoutfs",
                "usr/sbin/mount.fuse.scoutfs",
                "usr/sbin/mount.fuseblk.scoutfs",
                "usr/sbin/umount.fuse.scoutfs",
                "usr/sbin/scoutfs-sysfs-shadow",
                "usr/libexec/scoutfs-fenced/scoutfs-fenced",
                "usr/libexec/scoutfs-fenced/fence-local")) {
            assertThat(dir.resolve(program)).isExecutable();
        }
        assertThat(dir.resolve("etc/scoutfs/scoutfs-fenced.conf.example")).isNotEmptyFile();
        assertThat(dir.resolve("usr/lib/systemd/system/scoutfs-fenced.service"))
                .content()
                .contains("ExecStart=/usr/libexec/scoutfs-fenced/scoutfs-fenced");
        for (String page :
                List.of("man8/scoutfs.8", "man5/scoutfs.5", "man8/scoutfs-fenced.8", "man7/scoutfs-corruption.7")) {
            assertThat(dir.resolve("usr/share/man").resolve(page)).content().startsWith(".TH ");
        }
        assertThat(dir.resolve("usr/share/man/man8/scoutfs.8")).content().contains(".SS \"scoutfs mkfs\"");
        assertThat(dir.resolve("usr/share/bash-completion/completions/scoutfs"))
                .content()
                .contains("complete -F _complete_scoutfs");

        ProcessBuilder version =
                new ProcessBuilder(dir.resolve("usr/sbin/scoutfs").toString(), "--version");
        version.environment().put("SCOUTFS_JAVA_HOME", System.getProperty("java.home"));
        assertThat(run(version)).startsWith("scoutfs ");
        for (Path script :
                List.of(dir.resolve("usr/sbin/mount.scoutfs"), dir.resolve("usr/sbin/umount.fuse.scoutfs"))) {
            assertThat(Files.readString(script)).contains("/usr/bin/scoutfs").doesNotContain("=@SCOUTFS@");
        }
    }

    private static String run(ProcessBuilder command) throws Exception {
        Process process = command.redirectErrorStream(true).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        return text;
    }
}
