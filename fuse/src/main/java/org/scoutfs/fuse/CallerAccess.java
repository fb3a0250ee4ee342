package org.scoutfs.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.scoutfs.error.Errno;

/** Whether this process may touch the memory of its callers, which most ioctls need; said once, and once more if it turns out otherwise. */
final class CallerAccess {
    private static final System.Logger LOG = System.getLogger(CallerAccess.class.getName());
    private static final int CAP_SYS_PTRACE = 19;
    private static final String YAMA_NOBODY = "3";
    private static final Path YAMA = Path.of("/proc/sys/kernel/yama/ptrace_scope");

    private final AtomicBoolean refusedOnce = new AtomicBoolean();

    CallerAccess() {
        String obstacle = obstacle();
        if (obstacle.isEmpty()) {
            LOG.log(System.Logger.Level.DEBUG, "ioctls reach the memory of their callers");
        } else {
            LOG.log(System.Logger.Level.WARNING, "ioctls with addresses in them will fail with EFAULT: {0}", obstacle);
        }
    }

    /** A sentence, or empty. */
    private static String obstacle() {
        try {
            String scope = Files.isReadable(YAMA) ? Files.readString(YAMA).strip() : "";
            if (scope.equals(YAMA_NOBODY)) {
                return YAMA + " is 3, which forbids it to everybody until the next boot";
            }
            for (String line : Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1)) {
                if (line.startsWith("CapEff:")) {
                    long effective = Long.parseUnsignedLong(line.substring(7).strip(), 16);
                    return (effective >>> CAP_SYS_PTRACE & 1) != 0
                            ? ""
                            : "this process lacks CAP_SYS_PTRACE, which it needs for callers of other users";
                }
            }
        } catch (IOException | NumberFormatException e) {
            return "cannot find out whether it is allowed: " + e;
        }
        return "/proc/self/status does not tell capabilities";
    }

    void refused(int tid, Errno why) {
        if (refusedOnce.compareAndSet(false, true)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the kernel does not let us touch the memory of thread {0}, which waits for an ioctl: {1}; such"
                            + " ioctls fail with EFAULT",
                    Integer.toString(tid),
                    why.text());
        }
    }
}
