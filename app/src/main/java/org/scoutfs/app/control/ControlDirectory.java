package org.scoutfs.app.control;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
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
 * The runtime directory of one mount, {@code /run/scoutfs/IDENT}: mounted when the mount is up, gone when the mount has left the cluster.
 * A mount does without it if this process may not make it.
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
    private static final long UMOUNT_SECONDS = 10;
    private static final int TRANSFER_BYTES = 64 << 10;

    private final Path directory;
    private volatile @Nullable FuseMount fuse;
    private volatile State state = State.MOUNTING;

    private ControlDirectory(Path directory) {
        this.directory = directory;
    }

    /**
     * Makes and mounts it. Never fails: says in the log why there is none.
     *
     * @param mountPoint where the volume is mounted
     * @param metadevPath as given at mount
     */
    public static ControlDirectory publish(
            Mount mount, Path mountPoint, String metadevPath, FenceDirectory fences, Host host) {
        ControlDirectory control = new ControlDirectory(RUN.resolve(mount.ident()));
        try {
            Files.createDirectories(RUN);
            removeStale();
            Files.createDirectories(control.directory);
            control.mount(mount, mountPoint, metadevPath, fences, host);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.INFO, "no control directory {0}: {1}", control.directory, e.toString());
            control.removeDirectory();
        }
        return control;
    }

    private void mount(Mount mount, Path mountPoint, String metadevPath, FenceDirectory fences, Host host)
            throws IOException {
        WallTime now = host.clock().wallTime();
        ControlTree.Surroundings around = new ControlTree.Surroundings(
                mountPoint.toString(),
                () -> state.name().toLowerCase(Locale.ROOT),
                metadevPath,
                fences,
                RecentLines::text);
        ControlVfs vfs =
                new ControlVfs(ControlTree.of(mount, host.clock(), around), new Timespec(now.seconds(), now.nanos()));
        FuseOptions options = FuseOptions.of(
                        SOURCE_PREFIX + ProcessHandle.current().pid())
                .withCacheMode(CacheMode.NONE)
                .withAcl(false)
                .withReaders(1, 16)
                .withTransport(Transport.DEVICE)
                .withTransfers(TRANSFER_BYTES, 12, 0);
        // counters of its own: those of the mount count the volume's requests
        fuse = FuseMount.mount(vfs, directory, options, host, new Counters());
    }

    /** The number of its FUSE connection; 0 if there is none. */
    public long connection() {
        FuseMount mounted = fuse;
        return mounted == null ? 0 : mounted.connection();
    }

    public void setState(State newState) {
        state = newState;
    }

    /** Takes it away. Does nothing the second time. */
    @Override
    public void close() {
        FuseMount mounted = fuse;
        fuse = null;
        if (mounted != null) {
            mounted.close();
            removeDirectory();
        }
    }

    private void removeDirectory() {
        try {
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.INFO, "{0} is left behind: {1}", directory, e.toString());
        }
    }

    /** Control mounts whose daemon died without a word. */
    private static void removeStale() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.UTF_8)) {
            List<String> words = List.of(line.split(" ", -1));
            int dash = words.indexOf("-");
            String source = words.get(dash + 2);
            if (words.get(4).startsWith(RUN + "/") && source.startsWith(SOURCE_PREFIX) && !isAlive(source)) {
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
