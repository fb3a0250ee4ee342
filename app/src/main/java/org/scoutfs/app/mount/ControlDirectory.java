package org.scoutfs.app.mount;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.scoutfs.fuse.FuseMount;
import org.scoutfs.host.Host;
import org.scoutfs.mount.Mount;

final class ControlDirectory implements AutoCloseable {
    enum State {
        MOUNTING,
        READY,
        UNMOUNTING,
        FAILED
    }

    static ControlDirectory publish(Mount mount, FuseMount fuse, Host host) {
        return new ControlDirectory();
    }

    static @Nullable ProcessHandle daemonOf(Path directory) {
        return null;
    }

    void setState(State state) {}

    @Override
    public void close() {}
}
