package org.scoutfs.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.scoutfs.error.Errno;

/** Whether FUSE over io_uring can be used here (spec 6 section 3.5), and what it needs to know of the machine. */
final class RingSupport {
    private static final System.Logger LOG = System.getLogger(RingSupport.class.getName());
    private static final Path SWITCH = Path.of("/sys/module/fuse/parameters/enable_uring");
    private static final Path POSSIBLE = Path.of("/sys/devices/system/cpu/possible");
    private static final Path ONLINE = Path.of("/sys/devices/system/cpu/online");
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String ALLOWED = "Cpus_allowed_list:";

    private RingSupport() {}

    /** Lets the kernel offer it, if we may. Stays so: it is asked for again whenever somebody mounts. */
    static void switchOn() {
        try {
            if (Files.exists(SWITCH)
                    && Files.isWritable(SWITCH)
                    && Files.readString(SWITCH, StandardCharsets.US_ASCII).startsWith("N")) {
                Files.writeString(SWITCH, "Y", StandardCharsets.US_ASCII);
                LOG.log(
                        System.Logger.Level.INFO,
                        "{0} was N and is Y now; mount option transport=device leaves it alone",
                        SWITCH);
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "{0}: {1}", SWITCH, e.toString());
        }
    }

    /** Whether the kernel has it and it is switched on. */
    static boolean isOffered() {
        try {
            return Files.exists(SWITCH)
                    && Files.readString(SWITCH, StandardCharsets.US_ASCII).startsWith("Y");
        } catch (IOException e) {
            return false;
        }
    }

    /** What keeps this process from using it, for people; empty if nothing does. */
    static String obstacle() {
        int result = IoUring.probe();
        if (result < 0) {
            return "io_uring_setup: " + Errno.of(-result).text() + " (see sysctl kernel.io_uring_disabled)";
        }
        try {
            String online = Files.readString(ONLINE, StandardCharsets.US_ASCII).strip();
            for (String line : Files.readAllLines(STATUS, StandardCharsets.ISO_8859_1)) {
                if (line.startsWith(ALLOWED)) {
                    String allowed = line.substring(ALLOWED.length()).strip();
                    return count(allowed) < count(online)
                            ? "this process may run on processors " + allowed + " of " + online + " only"
                            : "";
                }
            }
            return "";
        } catch (IOException | NumberFormatException e) {
            return e.toString();
        }
    }

    /** Queues that the kernel wants to be served: one for each processor that may ever be there. */
    static int queues() throws IOException {
        String possible = Files.readString(POSSIBLE, StandardCharsets.US_ASCII).strip();
        return Integer.parseInt(possible.substring(Math.max(possible.lastIndexOf('-'), possible.lastIndexOf(',')) + 1))
                + 1;
    }

    /** Numbers in a list like {@code 0-3,8,10-11}. */
    private static int count(String list) {
        int count = 0;
        for (String part : list.split(",", -1)) {
            int dash = part.indexOf('-');
            count += dash < 0
                    ? 1
                    : Integer.parseInt(part.substring(dash + 1)) - Integer.parseInt(part.substring(0, dash)) + 1;
        }
        return count;
    }
}
