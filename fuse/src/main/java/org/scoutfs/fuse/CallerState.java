package org.scoutfs.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What {@code /proc} says of a caller: whether it has left the getdents(2) that a reply was for, or is being killed. */
final class CallerState {
    /** Numbers of getdents and getdents64. */
    private static final String GETDENTS = System.getProperty("os.arch").equals("aarch64") ? "61" : "78";

    private static final String GETDENTS64 = System.getProperty("os.arch").equals("aarch64") ? "61" : "217";

    private static final String PENDING = "SigPnd:";
    private static final long SIGKILL_BIT = 1L << 8;

    private CallerState() {}

    /** Whether the thread will do nothing any more but end. Any signal that ends it at once makes a SIGKILL pending for it. */
    static boolean isKilled(int tid) {
        try {
            Path status = Path.of("/proc", Integer.toString(tid), "status");
            for (String line :
                    Files.readString(status, StandardCharsets.ISO_8859_1).split("\n", -1)) {
                if (line.startsWith(PENDING)) {
                    return (Long.parseUnsignedLong(
                                            line.substring(PENDING.length()).strip(), 16)
                                    & SIGKILL_BIT)
                            != 0;
                }
            }
            return false;
        } catch (IOException | NumberFormatException e) {
            // Gone, or not for us to see: it has to wait.
            return false;
        }
    }

    /** Whether there is no such thread any more. Not known of 0, which stands for somebody who cannot be seen from here. */
    static boolean isGone(int tid) {
        return tid != 0 && !Files.exists(Path.of("/proc", Integer.toString(tid)));
    }

    /**
     * Processor time the thread has spent outside the kernel, in clock ticks.
     *
     * @return -1 if unknown, {@link Long#MAX_VALUE} if the thread has ended
     */
    static long userTicks(int tid) {
        try {
            String stat =
                    Files.readString(Path.of("/proc", Integer.toString(tid), "stat"), StandardCharsets.ISO_8859_1);
            // The second field is the program's name in parentheses, any bytes; utime is field 14.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return Long.parseLong(fields[11]);
        } catch (NoSuchFileException e) {
            return Long.MAX_VALUE;
        } catch (IOException | RuntimeException e) {
            return -1;
        }
    }

    /**
     * True if the thread sleeps, and not in the middle of a listing: in another system call, or at the entry of the next getdents, where it waits
     * for the directory's mutex, or for the answer to its next request.
     */
    static boolean sleepsElsewhere(int tid) {
        Path task = Path.of("/proc", Integer.toString(tid));
        try {
            String call = Files.readString(task.resolve("syscall"), StandardCharsets.ISO_8859_1)
                    .trim();
            if (call.equals("running") || call.startsWith("-1 ")) {
                return false;
            }
            String number = call.split(" ", 2)[0];
            if (!number.equals(GETDENTS) && !number.equals(GETDENTS64)) {
                return true;
            }
            String where = Files.readString(task.resolve("wchan"), StandardCharsets.ISO_8859_1);
            // Functions of the scheduler and of locks are left out there, so a wait for the mutex is one in their
            // caller.
            return where.equals("iterate_dir") || where.equals("request_wait_answer");
        } catch (NoSuchFileException e) {
            return true;
        } catch (IOException e) {
            // Not allowed to look, or it ended this moment: not known.
            return false;
        }
    }
}
