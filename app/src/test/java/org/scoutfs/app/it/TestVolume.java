package org.scoutfs.app.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.mount.DaemonLauncher;
import org.scoutfs.app.mount.LocalMounts;
import org.scoutfs.app.mount.Unmount;
import org.scoutfs.check.CheckReport;
import org.scoutfs.check.VolumeCheck;
import org.scoutfs.device.Access;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.device.FileDevice;
import org.scoutfs.device.Sharing;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;

/**
 * A volume of two sparse images and its place in the tree, mounted by a daemon of its own. Closing it ends the daemon, whatever state it is
 * in, and takes the mount away.
 */
final class TestVolume implements AutoCloseable {
    private static final long UNMOUNT_SECONDS = 60;
    private static final long KILL_SECONDS = 10;

    private final Path directory;
    private final Path mountPoint;
    private @Nullable ProcessHandle daemon;

    private TestVolume(Path directory) throws IOException {
        this.directory = directory.toRealPath();
        this.mountPoint = Files.createDirectories(this.directory.resolve("mnt"));
    }

    /** A new volume with one quorum slot on a loopback port. */
    static TestVolume create(Path directory, int port) throws IOException, InterruptedException {
        TestVolume volume = new TestVolume(directory);
        Programs.shell(10, "truncate -s 64G '%s' '%s'".formatted(volume.meta(), volume.data()));
        Programs.scoutfs(
                "mkfs",
                "-Q",
                "0,127.0.0.1," + port,
                volume.meta().toString(),
                volume.data().toString());
        return volume;
    }

    /** The images {@code meta.img} and {@code data.img} that are in the directory. */
    static TestVolume existing(Path directory) throws IOException {
        return new TestVolume(directory);
    }

    Path meta() {
        return directory.resolve("meta.img");
    }

    Path data() {
        return directory.resolve("data.img");
    }

    Path mountPoint() {
        return mountPoint;
    }

    Path log() {
        return directory.resolve("daemon.log");
    }

    /** The process that serves the mount now. */
    ProcessHandle daemon() {
        ProcessHandle running = daemon;
        assertThat(running).as("daemon of %s", mountPoint).isNotNull();
        return running;
    }

    /** Starts a daemon and waits until the mount answers. */
    void mount(String moreOptions) throws FsException, IOException {
        String options =
                "metadev_path=" + meta() + ",quorum_slot_nr=0" + (moreOptions.isEmpty() ? "" : "," + moreOptions);
        DaemonLauncher.launch(options, data(), mountPoint, log());
        daemon = LocalMounts.daemonOf(mountPoint);
        assertThat(daemon).as("daemon of %s", mountPoint).isNotNull();
    }

    /** Unmounts and waits until the daemon has left the cluster. */
    void unmount() throws FsException, IOException {
        Unmount.unmount(mountPoint, Unmount.How.CLEAN, UNMOUNT_SECONDS);
        daemon = null;
    }

    /** kill -9; the dead mount stays in the tree until {@link #removeDeadMount}. */
    void kill() throws InterruptedException, ExecutionException, TimeoutException {
        ProcessHandle victim = daemon;
        if (victim != null) {
            daemon = null;
            victim.destroyForcibly();
            victim.onExit().get(KILL_SECONDS, TimeUnit.SECONDS);
        }
    }

    void removeDeadMount() throws IOException, InterruptedException {
        List<String> command = List.of("umount", "-i", mountPoint.toString());
        for (int i = 0; i < 3 && LocalMounts.at(mountPoint) != null; i++) {
            Programs.run(10, i == 0 ? command : List.of("umount", "-i", "-l", mountPoint.toString()));
        }
        assertThat(LocalMounts.at(mountPoint)).as("mount on %s", mountPoint).isNull();
    }

    /** Checks the images of a volume that is not mounted. */
    void check() throws IOException {
        try (Host host = Host.system();
                BlockDevice meta = FileDevice.open(meta(), Access.READ_ONLY, Sharing.SHARED);
                BlockDevice data = FileDevice.open(data(), Access.READ_ONLY, Sharing.SHARED)) {
            CheckReport report = VolumeCheck.run(host, meta, data);
            assertThat(report.problems()).isEmpty();
        }
    }

    @Override
    public void close() throws IOException {
        try {
            kill();
            removeDeadMount();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the mount was removed", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the daemon does not end", e);
        }
    }
}
