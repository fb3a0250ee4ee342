package org.scoutfs.app.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.mount.DaemonLauncher;
import org.scoutfs.app.mount.LocalMounts;
import org.scoutfs.app.mount.Unmount;
import org.scoutfs.app.status.LocalMount;
import org.scoutfs.error.FsException;

/**
 * A volume of two sparse images, mounted by several daemons of this machine, the first of them members of the quorum. Closing it ends them all,
 * whatever state they are in.
 */
final class TestCluster implements AutoCloseable {
    private static final long UNMOUNT_SECONDS = 60;
    private static final long KILL_SECONDS = 20;

    private final TestVolume volume;
    private final Path directory;
    private final String moreOptions;
    private final int members;
    private final @Nullable ProcessHandle[] daemons;

    private TestCluster(TestVolume volume, Path directory, int members, int mounts, String moreOptions) {
        this.volume = volume;
        this.directory = directory;
        this.members = members;
        this.daemons = new ProcessHandle[mounts];
        this.moreOptions = moreOptions;
    }

    /**
     * A new volume, mounted everywhere.
     *
     * @param port of the first quorum slot; the others follow
     * @param moreOptions of each mount; may be empty
     */
    static TestCluster create(Path directory, int port, int members, int mounts, String moreOptions) throws Exception {
        TestVolume volume = TestVolume.existing(directory);
        Programs.shell(10, "truncate -s 64G '%s' '%s'".formatted(volume.meta(), volume.data()));
        List<String> words = new ArrayList<>(List.of("mkfs"));
        for (int i = 0; i < members; i++) {
            words.addAll(List.of("-Q", i + ",127.0.0.1," + (port + i)));
        }
        words.addAll(List.of(volume.meta().toString(), volume.data().toString()));
        Programs.scoutfs(words.toArray(String[]::new));
        TestCluster cluster = new TestCluster(volume, directory.toRealPath(), members, mounts, moreOptions);
        cluster.each(IntStream.range(0, mounts).boxed().toList(), i -> {
            cluster.mount(i);
            return null;
        });
        return cluster;
    }

    Path mountPoint(int i) {
        return directory.resolve("m" + i);
    }

    List<String> mountPoints() {
        return IntStream.range(0, daemons.length)
                .mapToObj(i -> mountPoint(i).toString())
                .toList();
    }

    Path log(int i) {
        return directory.resolve("daemon" + i + ".log");
    }

    /** Starts a daemon and waits until the mount answers. */
    void mount(int i) throws FsException, IOException {
        Files.createDirectories(mountPoint(i));
        String options = "metadev_path=" + volume.meta() + (i < members ? ",quorum_slot_nr=" + i : "")
                + (moreOptions.isEmpty() ? "" : "," + moreOptions);
        DaemonLauncher.launch(options, volume.data(), mountPoint(i), log(i));
        ProcessHandle daemon = LocalMounts.daemonOf(mountPoint(i));
        assertThat(daemon).as("daemon of %s", mountPoint(i)).isNotNull();
        daemons[i] = daemon;
    }

    /** Unmounts and waits until the daemon has left the cluster. */
    void unmount(int i) throws FsException, IOException {
        Unmount.unmount(mountPoint(i), Unmount.How.CLEAN, UNMOUNT_SECONDS);
        daemons[i] = null;
    }

    /**
     * Unmounts one after the other, each as soon as the one before is out of the tree, and waits until all have left the cluster: the last
     * majority of members leaves only together.
     */
    void unmountOneByOne(List<Integer> order) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<@Nullable Void>> running = new ArrayList<>();
            for (int i : order) {
                running.add(threads.submit((Callable<@Nullable Void>) () -> {
                    unmount(i);
                    return null;
                }));
                Awaitility.await()
                        .atMost(UNMOUNT_SECONDS, TimeUnit.SECONDS)
                        .pollInterval(5, TimeUnit.MILLISECONDS)
                        .until(() -> LocalMounts.at(mountPoint(i)) == null);
            }
            for (Future<@Nullable Void> one : running) {
                one.get();
            }
        }
    }

    boolean isMounted(int i) {
        return daemons[i] != null;
    }

    /** The mount that serves at the moment, -1 if none says so: what its runtime directory shows. */
    int leader() throws IOException, InterruptedException {
        for (int i = 0; i < members; i++) {
            ProcessHandle daemon = daemons[i];
            if (daemon != null && isLeader(i)) {
                return i;
            }
        }
        return -1;
    }

    private boolean isLeader(int i) throws InterruptedException {
        return LocalMount.all(LocalMount.RUN).stream()
                .anyMatch(mount -> mountPoint(i).toString().equals(mount.get("mountpoint")) && mount.isLeader());
    }

    /** kill -9, and the dead mount goes out of the tree. */
    void kill(int i) throws Exception {
        ProcessHandle victim = daemons[i];
        if (victim == null) {
            return;
        }
        daemons[i] = null;
        victim.destroyForcibly();
        // All of it: a thread that waits in the kernel is freed by the daemon's guardian.
        victim.onExit().get(KILL_SECONDS, TimeUnit.SECONDS);
        for (int attempt = 0; attempt < 3 && LocalMounts.at(mountPoint(i)) != null; attempt++) {
            Programs.run(10, List.of("umount", "-i", "-l", mountPoint(i).toString()));
        }
        assertThat(LocalMounts.at(mountPoint(i)))
                .as("mount on %s", mountPoint(i))
                .isNull();
    }

    /** Checks the images; nothing is mounted. */
    void check() throws IOException {
        volume.check();
    }

    /** Does something with several mounts at the same time. */
    void each(List<Integer> mounts, Step step) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<@Nullable Void>> running = new ArrayList<>();
            for (int i : mounts) {
                running.add(threads.submit((Callable<@Nullable Void>) () -> step.run(i)));
            }
            for (Future<@Nullable Void> one : running) {
                one.get();
            }
        }
    }

    /** What to do with one mount. */
    @FunctionalInterface
    interface Step {
        @Nullable
        Void run(int mount) throws Exception;
    }

    @Override
    public void close() throws IOException {
        try {
            for (int i = 0; i < daemons.length; i++) {
                kill(i);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the mounts were removed", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("a daemon does not end", e);
        } catch (Exception e) {
            throw new IOException("the mounts could not be removed", e);
        }
    }
}
