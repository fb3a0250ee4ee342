package org.scoutfs.app.mount;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.Failures;
import org.scoutfs.error.FsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code scoutfs umount}. */
@Command(
        name = "umount",
        description = "Unmount a volume, and wait until its daemon has committed everything and left the cluster.",
        footer = {"", "Example:", "  scoutfs umount /mnt"})
public final class UmountCommand extends CommandWithHelp implements Callable<Integer> {
    /** What umount(8) gives. */
    private static final int UMOUNT_FAILED = 32;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "DIR", description = "Where it is mounted.")
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Option(
            names = {"-l", "--lazy"},
            description = "Take it away now; it ends when the last user is gone. Does not wait.")
    private boolean lazy;

    @Option(
            names = {"-f", "--force"},
            description = "End it at once. What was not synced is lost, and the cluster fences the mount.")
    private boolean force;

    @Option(
            names = {"-t", "--timeout"},
            paramLabel = "SECONDS",
            defaultValue = "300",
            description = "How long to wait for the daemon, default ${DEFAULT-VALUE}.")
    private long timeoutSeconds;

    @Override
    public Integer call() throws Exception {
        try {
            Unmount.unmount(directory, new Unmount.How(lazy, force), timeoutSeconds);
            return 0;
        } catch (FsException e) {
            spec.commandLine().getErr().println("scoutfs umount: " + Failures.line(e));
            return UMOUNT_FAILED;
        }
    }
}
