package org.scoutfs.app.mount;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.scoutfs.app.log.KernelLog;

/**
 * Options of the daemon's JVM; docs/decisions/0004-daemon-jvm-flags.md says why these. {@code SCOUTFS_DAEMON_GC} names another collector,
 * {@code SCOUTFS_DAEMON_JAVA_OPTS} adds to them.
 */
final class DaemonFlags {
    /** Set by the launcher script: the archive of parsed classes that commands use. */
    private static final String ARCHIVE = "scoutfs.archive";

    private DaemonFlags() {}

    /** Nothing the JVM writes by itself may lie below the mount: crash files go beside the log. */
    static List<String> forDaemon(Path logFile) {
        Path beside = Objects.requireNonNullElse(logFile.toAbsolutePath().getParent(), Path.of("/"));
        String collector = Objects.requireNonNullElse(System.getenv("SCOUTFS_DAEMON_GC"), "Serial");
        List<String> flags = new ArrayList<>(List.of(
                "-XX:+Use" + collector + "GC",
                "-Xmx1g",
                "-XX:MaxDirectMemorySize=4g",
                "-XX:-UsePerfData",
                "-XX:ErrorFile=" + beside + "/scoutfs-hs_err_%p.log",
                "-XX:HeapDumpPath=" + beside,
                // What was half done must not be committed: as kill -9, from which the next mount recovers.
                "-XX:+ExitOnOutOfMemoryError",
                // A core would be written only when all threads have come, and one may wait in the kernel for us.
                "-XX:-CreateCoredumpOnCrash",
                "-D" + KernelLog.PROPERTY + "=true",
                "--enable-native-access=ALL-UNNAMED"));
        addArchive(flags);
        String more = System.getenv("SCOUTFS_DAEMON_JAVA_OPTS");
        if (more != null && !more.isBlank()) {
            flags.addAll(Arrays.asList(more.trim().split("\\s+")));
        }
        return flags;
    }

    /** One of the daemon's own: it loads other classes than short commands do. Written when the first daemon ends. */
    private static void addArchive(List<String> flags) {
        String commands = System.getProperty(ARCHIVE);
        if (commands == null) {
            return;
        }
        Path archive = Path.of(commands).resolveSibling("scoutfs-daemon.jsa");
        if (Files.isWritable(archive.toAbsolutePath().getParent())) {
            flags.addAll(List.of(
                    "-XX:SharedArchiveFile=" + archive,
                    "-XX:+AutoCreateSharedArchive",
                    "-Xshare:auto",
                    "-Xlog:cds=off",
                    "-Xlog:cds+dynamic=off"));
        }
    }
}
