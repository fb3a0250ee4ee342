package org.scoutfs.app.ioctl;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import picocli.CommandLine.Option;

/** The option {@code -p} of commands on a mounted volume: else the environment's SCOUTFS_MOUNT_PATH, else the working directory. */
public final class VolumePath {
    @Option(
            names = {"-p", "--path"},
            paramLabel = "PATH",
            description = "Any path within the mount; default: SCOUTFS_MOUNT_PATH or the working directory.")
    private @Nullable String path;

    public String get() {
        String environment = System.getenv("SCOUTFS_MOUNT_PATH");
        return path != null ? path : Objects.requireNonNullElse(environment, ".");
    }

    /** Opened for reading. */
    public IoctlFile open() throws FsException {
        return IoctlFile.open(get(), OpenFlags.O_RDONLY);
    }
}
