package org.scoutfs.app.demo;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.admin.VolumeUsage;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;
import org.scoutfs.mount.Mount;
import org.scoutfs.mount.MountOptions;

/** The engine in this process: neither root nor FUSE. */
final class EmbeddedStage implements Stage {
    private final DemoFiles files;
    private final Host host = Host.system();
    private @Nullable Mount mount;

    EmbeddedStage(DemoFiles files) {
        this.files = files;
    }

    @Override
    public String describe() {
        return "in this process, without a kernel in between";
    }

    @Override
    public Tree.Writable mount() throws FsException {
        Mount opened = Mount.open(host, files.meta(), files.data(), MountOptions.parse(files.mountOptions()));
        synchronized (this) {
            mount = opened;
        }
        return new EmbeddedTree(opened.vfs());
    }

    @Override
    public synchronized void unmount() throws FsException {
        Mount open = mount;
        if (open != null) {
            open.close();
            mount = null;
        }
    }

    @Override
    public synchronized VolumeUsage usage() throws FsException {
        return VolumeUsage.of(Objects.requireNonNull(mount).vfs().details());
    }

    @Override
    public synchronized void close() throws FsException {
        try {
            unmount();
        } finally {
            host.close();
        }
    }
}
