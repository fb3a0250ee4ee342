package org.scoutfs.app.mount;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.control.ControlDirectory;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/** Takes a mount off its directory and waits until its daemon has left the cluster. */
public final class Unmount {
    private static final int ROOT = 0;

    /**
     * What to do with a mount that is in use.
     *
     * @param lazy take the name away now and end when the last user is gone; not waited for
     * @param force end at once, whatever is lost; the cluster fences the mount
     */
    public record How(boolean lazy, boolean force) {
        public static final How CLEAN = new How(false, false);
    }

    private Unmount() {}

    /**
     * @param directory as a user gave it
     * @param timeoutSeconds how long to wait for the daemon's end
     * @throws FsException EINVAL if no scoutfs volume is mounted there, EBUSY if somebody uses it, ETIMEDOUT
     */
    public static void unmount(Path directory, How how, long timeoutSeconds) throws FsException, IOException {
        Path real;
        try {
            real = LocalMounts.real(directory);
        } catch (IOException e) {
            throw new FsException(Errno.ENOENT, "no directory '" + directory + "'", e);
        }
        LocalMounts.Entry entry = LocalMounts.at(real);
        if (entry == null) {
            throw new FsException(Errno.EINVAL, "no scoutfs volume is mounted on '" + directory + "'");
        }
        ProcessHandle daemon = daemon(real);
        run(command(real, how), directory);
        if (daemon != null && !how.lazy()) {
            await(daemon, directory, timeoutSeconds);
        }
    }

    /** By its command line, which asks nobody, else from the mount's control directory. */
    private static @Nullable ProcessHandle daemon(Path directory) {
        ProcessHandle known = LocalMounts.daemonOf(directory);
        return known != null ? known : ControlDirectory.daemonOf(directory);
    }

    private static List<String> command(Path directory, How how) throws IOException {
        List<String> command = new ArrayList<>();
        boolean root = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == ROOT;
        if (root) {
            // -i: a helper for this type may well be this command
            command.addAll(List.of("umount", "-i"));
            if (how.force()) {
                command.add("-f");
            }
            if (how.lazy()) {
                command.add("-l");
            }
        } else {
            command.addAll(List.of("fusermount3", "-u"));
            if (how.lazy() || how.force()) {
                command.add("-z");
            }
            command.add("--");
        }
        command.add(directory.toString());
        return command;
    }

    private static void run(List<String> command, Path directory) throws FsException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (process.waitFor() != 0) {
                boolean busy = text.contains("busy");
                throw new FsException(
                        busy ? Errno.EBUSY : Errno.EPERM,
                        busy
                                ? "'" + directory + "' is in use; 'fuser -vm " + directory
                                        + "' shows by whom, -l unmounts as soon as they are gone"
                                : text.replace('\n', ' '));
            }
        } catch (IOException e) {
            throw new FsException(Errno.ENOENT, "cannot run " + command.getFirst() + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            throw new FsException(Errno.EINTR, "interrupted while it unmounted", e);
        }
    }

    private static void await(ProcessHandle daemon, Path directory, long timeoutSeconds) throws FsException {
        try {
            daemon.onExit().get(timeoutSeconds, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new FsException(
                    Errno.ETIMEDOUT,
                    "'" + directory + "' is unmounted, but its daemon (pid " + daemon.pid()
                            + ") has not left the cluster after " + timeoutSeconds + " s: is a leader reachable?",
                    e);
        } catch (InterruptedException e) {
            throw new FsException(Errno.EINTR, "interrupted while the daemon left the cluster", e);
        } catch (ExecutionException e) {
            throw new FsException(Errno.EIO, "cannot wait for the daemon: " + e.getMessage(), e);
        }
    }
}
