package org.scoutfs.app.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.mount.DaemonLauncher;
import org.scoutfs.app.mount.LocalMounts;
import org.scoutfs.app.mount.Unmount;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/** One of several mounts of the demonstration's volume, with a daemon of its own. One thread at a time. */
final class DemoMount {
    private static final String HEARTBEAT = ",quorum_heartbeat_timeout_ms=2000";
    private static final long UNMOUNT_SECONDS = 120;
    private static final long KILL_SECONDS = 10;

    private final DemoFiles files;
    private final int slot;
    private volatile @Nullable ProcessHandle daemon;

    DemoMount(DemoFiles files, int slot) {
        this.files = files;
        this.slot = slot;
    }

    String name() {
        return "m" + slot;
    }

    int slot() {
        return slot;
    }

    Path directory() {
        return files.mountPoint(slot);
    }

    /** Returns when the mount answers. */
    void mount() throws FsException {
        DaemonLauncher.launch(files.mountOptions(slot) + HEARTBEAT, files.data(), directory(), files.log(slot));
        daemon = LocalMounts.daemonOf(directory());
        if (daemon == null) {
            throw new FsException(Errno.EIO, "the daemon of " + directory() + " is gone; see " + files.log(slot));
        }
    }

    /** kill -9; returns when the process is gone. Its mount stays in the tree, dead. */
    void kill() throws IOException {
        ProcessHandle victim = daemon;
        daemon = null;
        if (victim == null) {
            return;
        }
        victim.destroyForcibly();
        try {
            victim.onExit().get(KILL_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("process " + victim.pid() + " does not end", e);
        }
    }

    boolean isAlive() {
        ProcessHandle running = daemon;
        return running != null && running.isAlive();
    }

    /** Takes the mount of a dead daemon away. */
    void removeDead() throws IOException, FsException {
        if (LocalMounts.at(directory()) != null) {
            Unmount.unmount(directory(), new Unmount.How(true, false), UNMOUNT_SECONDS);
        }
    }

    /** Leaves the cluster; by force if it does not. Does nothing if it is not mounted. */
    void close() throws IOException, FsException {
        if (!isAlive()) {
            removeDead();
            return;
        }
        try {
            Unmount.unmount(directory(), Unmount.How.CLEAN, UNMOUNT_SECONDS);
            daemon = null;
        } catch (FsException e) {
            kill();
            removeDead();
            throw e;
        }
    }
}
