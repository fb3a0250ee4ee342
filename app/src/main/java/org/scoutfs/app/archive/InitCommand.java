package org.scoutfs.app.archive;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code scoutfs archive init}. */
@Command(
        name = "init",
        description = {
            "Make an empty directory the store of a volume.",
            "An agent works only on a directory that was made so: when the store's own file system is not mounted, it"
                    + " sees that, and waits."
        },
        footer = {"", "Example:", "  scoutfs archive init -p /mnt/volume --store /mnt/tape"})
final class InitCommand extends CommandWithHelp implements Callable<Integer> {
    @Mixin
    private ArchiveTarget target = new ArchiveTarget();

    @Override
    public Integer call() throws FsException {
        try (Host host = Host.system();
                Volume volume = new MountedVolume(target.mountPath())) {
            ArchiveStore.create(target.storePath(), host.random().nextNonZeroLong(), volume.fsid());
            target.log()
                    .plain("%s is the archive store of the volume with fsid %016x"
                            .formatted(target.storePath(), volume.fsid()));
        } catch (IOException e) {
            throw new FsException(Errno.EEXIST, "cannot make a store: " + e.getMessage(), e);
        }
        return 0;
    }
}
