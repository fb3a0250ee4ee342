package org.scoutfs.app.demo;

import java.io.IOException;
import java.nio.file.Path;
import org.scoutfs.app.admin.VolumeUsage;
import org.scoutfs.app.mount.DaemonLauncher;
import org.scoutfs.app.mount.Unmount;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/** A FUSE mount served by a daemon of its own. */
final class MountedStage implements Stage {
    private static final long UNMOUNT_SECONDS = 120;

    private final DemoFiles files;
    private boolean mounted;

    MountedStage(DemoFiles files) {
        this.files = files;
    }

    @Override
    public String describe() {
        return "through FUSE, served by a daemon";
    }

    @Override
    public Tree.Writable mount() throws FsException {
        DaemonLauncher.launch(files.mountOptions(), files.data(), files.mountPoint(), files.log());
        synchronized (this) {
            mounted = true;
        }
        return new DirectoryTree(files.mountPoint());
    }

    @Override
    public synchronized void unmount() throws IOException, FsException {
        Unmount.unmount(files.mountPoint(), Unmount.How.CLEAN, UNMOUNT_SECONDS);
        mounted = false;
    }

    @Override
    public VolumeUsage usage() throws FsException {
        return VolumeUsage.of(files.mountPoint());
    }

    /** {@link #close} does nothing from here on. */
    synchronized void leaveMounted() {
        mounted = false;
    }

    @Override
    public synchronized void close() throws IOException, FsException {
        if (!mounted) {
            return;
        }
        Path directory = files.mountPoint();
        try {
            unmount();
        } catch (FsException e) {
            if (e.errno() != Errno.EBUSY) {
                throw e;
            }
            Unmount.unmount(directory, new Unmount.How(true, false), UNMOUNT_SECONDS);
            mounted = false;
        }
    }
}
