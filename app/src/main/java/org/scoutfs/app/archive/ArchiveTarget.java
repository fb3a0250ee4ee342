package org.scoutfs.app.archive;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.app.ioctl.VolumePath;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Which mount and which store a command of {@code scoutfs archive} works on. */
final class ArchiveTarget {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Mixin
    private VolumePath mount = new VolumePath();

    @Option(
            names = {"-s", "--store"},
            paramLabel = "DIR",
            required = true,
            description = "The archive directory.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private Path store;

    String mountPath() {
        return mount.get();
    }

    Path storePath() {
        return store;
    }

    ArchiveStore store(Host host) throws FsException {
        try {
            return ArchiveStore.open(store, host.random().nextLong());
        } catch (IOException e) {
            throw new FsException(Errno.ENOENT, String.valueOf(e.getMessage()), e);
        }
    }

    AgentLog log() {
        PrintWriter out = spec.commandLine().getOut();
        return new AgentLog(
                out,
                spec.commandLine().getErr(),
                System.console() != null && System.console().isTerminal());
    }

    /** The mounted volume; it must be that of the store. */
    Volume volume(ArchiveStore of) throws FsException {
        Volume volume = new MountedVolume(mountPath());
        if (volume.fsid() != of.fsid()) {
            long fsid = volume.fsid();
            volume.close();
            throw new FsException(
                    Errno.EINVAL,
                    "the store %s belongs to the volume with fsid %016x, at %s is %016x"
                            .formatted(of.root(), of.fsid(), mountPath(), fsid));
        }
        return volume;
    }

    /** The inode number of a file on the mount. */
    long ino(Path file) throws FsException {
        try {
            Object ino = Files.getAttribute(file, "unix:ino");
            Object device = Files.getAttribute(file, "unix:dev");
            if (!device.equals(Files.getAttribute(Path.of(mountPath()), "unix:dev"))) {
                throw new FsException(Errno.EXDEV, file + " is not on the volume at " + mountPath());
            }
            return (Long) ino;
        } catch (IOException e) {
            throw new FsException(Errno.ENOENT, "cannot look at " + file + ": " + e, e);
        }
    }
}
