package org.scoutfs.app.mount;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process may do with FUSE. */
public final class FuseAccess {
    private static final Path DEVICE = Path.of("/dev/fuse");
    private static final Path CONFIGURATION = Path.of("/etc/fuse.conf");

    private FuseAccess() {}

    /** Why this process cannot mount, with what would help; empty if it can. */
    public static String obstacle() {
        if (!Files.exists(DEVICE)) {
            return DEVICE + " does not exist: load the fuse kernel module (modprobe fuse)";
        }
        if (!Files.isReadable(DEVICE) || !Files.isWritable(DEVICE)) {
            return "no access to " + DEVICE + ": run as root";
        }
        if (!isRoot() && !onPath("fusermount3")) {
            return "not root, and there is no fusermount3 on PATH: install fuse3 or run as root";
        }
        return "";
    }

    public static boolean isRoot() {
        try {
            return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether other users may be let into a mount of this process: root's, and where the administrator allows it to everybody. */
    static boolean othersMayLook() {
        if (isRoot()) {
            return true;
        }
        try {
            return Files.readAllLines(CONFIGURATION, StandardCharsets.UTF_8).stream()
                    .anyMatch(line -> line.strip().equals("user_allow_other"));
        } catch (IOException e) {
            // the default
            return false;
        }
    }

    private static boolean onPath(String program) {
        String path = System.getenv("PATH");
        for (String dir : (path == null ? "/usr/bin:/bin" : path).split(File.pathSeparator)) {
            if (Files.isExecutable(Path.of(dir, program))) {
                return true;
            }
        }
        return false;
    }
}
