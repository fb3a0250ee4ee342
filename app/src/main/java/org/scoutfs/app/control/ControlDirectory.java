package org.scoutfs.app.control;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.log.RecentLines;
import org.scoutfs.counter.Counters;
import org.scoutfs.format.Timespec;
import org.scoutfs.fuse.CacheMode;
import org.scoutfs.fuse.FuseMount;
import org.scoutfs.fuse.FuseOptions;
import org.scoutfs.fuse.Transport;
import org.scoutfs.host.Host;
import org.scoutfs.host.WallTime;
import org.scoutfs.mount.Mount;

/**
 * The runtime directories of one mount, {@code /run/scoutfs/IDENT} and, for root, {@code /run/scoutfs-debug/IDENT}: mounted when the mount is up,
 * gone when the mount has left the cluster. A mount does without them if this process may not make them.
 */
public final class ControlDirectory implements AutoCloseable {
    /** How far the mount is. */
    public enum State {
        MOUNTING,
        READY,
        UNMOUNTING,
        FAILED
    }

    /** Source of the control mounts in mount tables; the daemon's pid follows. */
    public static final String SOURCE_PREFIX = "scoutfs-control:";

    private static final System.Logger LOG = System.getLogger(ControlDirectory.class.getName());
    private static final Path RUN = Path.of("/run/scoutfs");
    private static final Path RUN_DEBUG = Path.of("/run/scoutfs-debug");
    private static final long UMOUNT_SECONDS = 10;
    private static final int TRANSFER_BYTES = 64 << 10;

    /** What is mounted, the last one first. */
    private final Deque<FuseMount> mounted = new ConcurrentLinkedDeque<>();

    private volatile State state = State.MOUNTING;

    private ControlDirectory() {}

    /**
     * Makes and mounts it. Never fails: says in the log why there is none.
     *
     * @param mountPoint where the volume is mounted
     * @param metadevPath as given at mount
     */
    public static ControlDirectory publish(
            Mount mount, Path mountPoint, String metadevPath, FenceDirectory fences, Host host) {
        ControlDirectory control = new ControlDirectory();
        ControlTree.Surroundings around = new ControlTree.Surroundings(
                mountPoint.toString(),
                () -> control.state.name().toLowerCase(Locale.ROOT),
                metadevPath,
                fences,
                RecentLines::text);
        control.publish(RUN, mount.ident(), ControlTree.of(mount, host.clock(), around), host);
        control.publish(RUN_DEBUG, mount.ident(), DebugTree.of(mount), host);
        return control;
    }

    private void publish(Path run, String ident, ControlNode.Directory tree, Host host) {
        Path directory = run.resolve(ident);
        try {
            makeRun(run);
            removeStale(run);
            Files.createDirectories(directory);
            mount(directory, tree, host);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.INFO, "no control directory {0}: {1}", directory, e.toString());
            removeDirectory(directory);
        }
    }

    /** What is for debugging is for root alone. */
    private static void makeRun(Path run) throws IOException {
        if (run.equals(RUN_DEBUG)) {
            try {
                Files.createDirectory(
                        run, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } catch (FileAlreadyExistsException e) {
                // an earlier mount made it
                return;
            }
        } else {
            Files.createDirectories(run);
        }
    }

    private void mount(Path directory, ControlNode.Directory tree, Host host) throws IOException {
        WallTime now = host.clock().wallTime();
        ControlVfs vfs = new ControlVfs(tree, new Timespec(now.seconds(), now.nanos()));
        FuseOptions options = FuseOptions.of(
                        SOURCE_PREFIX + ProcessHandle.current().pid())
                .withCacheMode(CacheMode.NONE)
                .withAcl(false)
                .withReaders(1, 16)
                .withTransport(Transport.DEVICE)
                .withTransfers(TRANSFER_BYTES, 12, 0);
        // counters of its own: those of the mount count the volume's requests
        mounted.addFirst(FuseMount.mount(vfs, directory, options, host, new Counters()));
    }

    /** The numbers of their FUSE connections. */
    public List<Long> connections() {
        return mounted.stream().map(FuseMount::connection).toList();
    }

    public void setState(State newState) {
        state = newState;
    }

    /** Takes them away. Does nothing the second time. */
    @Override
    public void close() {
        for (FuseMount next = mounted.pollFirst(); next != null; next = mounted.pollFirst()) {
            next.close();
            removeDirectory(next.mountPoint());
        }
    }

    private static void removeDirectory(Path directory) {
        try {
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.INFO, "{0} is left behind: {1}", directory, e.toString());
        }
    }

    /** Control mounts whose daemon died without a word. */
    private static void removeStale(Path run) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.UTF_8)) {
            List<String> words = List.of(line.split(" ", -1));
            int dash = words.indexOf("-");
            String source = words.get(dash + 2);
            if (words.get(4).startsWith(run + "/") && source.startsWith(SOURCE_PREFIX) && !isAlive(source)) {
                LOG.log(System.Logger.Level.INFO, "removing {0}: its daemon is dead", words.get(4));
                unmountLazily(words.get(4));
                Files.deleteIfExists(Path.of(words.get(4)));
            }
        }
    }

    private static boolean isAlive(String source) {
        long pid = Long.parseLong(source.substring(SOURCE_PREFIX.length()));
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
    }

    private static void unmountLazily(String path) throws IOException {
        Process umount = new ProcessBuilder("umount", "-i", "-l", path)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            if (!umount.waitFor(UMOUNT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("umount -l " + path + " does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** The process that serves a mount point, as its control directory says; null if none does. */
    public static @Nullable ProcessHandle daemonOf(Path mountPoint) {
        try (DirectoryStream<Path> idents = Files.newDirectoryStream(RUN)) {
            for (Path ident : idents) {
                if (Objects.equals(read(ident.resolve("mountpoint")), mountPoint.toString())) {
                    String pid = read(ident.resolve("pid"));
                    return pid == null
                            ? null
                            : ProcessHandle.of(Long.parseLong(pid)).orElse(null);
                }
            }
        } catch (IOException e) {
            // there is none
            return null;
        }
        return null;
    }

    private static @Nullable String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            // gone, or its daemon is
            return null;
        }
    }
}
