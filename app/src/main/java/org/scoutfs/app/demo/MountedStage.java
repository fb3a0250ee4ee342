package org.scoutfs.app.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.scoutfs.app.admin.VolumeUsage;
import org.scoutfs.app.mount.DaemonLauncher;
import org.scoutfs.app.mount.Unmount;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/** A FUSE mount served by a daemon of its own. */
final class MountedStage implements Stage {
    private static final long UNMOUNT_SECONDS = 120;

    private final DemoFiles files;
    private final AtomicBoolean mounted = new AtomicBoolean();

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
        mounted.set(true);
        return new DirectoryTree(files.mountPoint());
    }

    @Override
    public void unmount() throws IOException, FsException {
        Unmount.unmount(files.mountPoint(), Unmount.How.CLEAN, UNMOUNT_SECONDS);
        mounted.set(false);
    }

    @Override
    public VolumeUsage usage() throws FsException {
        return VolumeUsage.of(files.mountPoint());
    }

    /** {@link #close} does nothing from here on. */
    void leaveMounted() {
        mounted.set(false);
    }

    @Override
    public void close() throws IOException, FsException {
        if (!mounted.get()) {
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
            mounted.set(false);
        }
    }
}
