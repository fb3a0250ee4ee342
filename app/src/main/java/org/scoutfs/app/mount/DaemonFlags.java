package org.scoutfs.app.mount;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Options of the daemon's JVM. {@code SCOUTFS_DAEMON_JAVA_OPTS} adds to them. */
final class DaemonFlags {
    private DaemonFlags() {}

    /** Nothing the JVM writes by itself may lie below the mount: crash files go beside the log. */
    static List<String> forDaemon(Path logFile) {
        Path beside = logFile.toAbsolutePath().getParent();
        List<String> flags = new ArrayList<>(List.of(
                "-XX:+UseSerialGC",
                "-Xmx1g",
                "-XX:MaxDirectMemorySize=4g",
                "-XX:-UsePerfData",
                "-XX:ErrorFile=" + beside + "/scoutfs-hs_err_%p.log",
                "-XX:HeapDumpPath=" + beside,
                "--enable-native-access=ALL-UNNAMED"));
        String more = System.getenv("SCOUTFS_DAEMON_JAVA_OPTS");
        if (more != null && !more.isBlank()) {
            flags.addAll(Arrays.asList(more.trim().split("\\s+")));
        }
        return flags;
    }
}
