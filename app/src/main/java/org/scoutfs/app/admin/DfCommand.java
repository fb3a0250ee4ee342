package org.scoutfs.app.admin;

import java.util.List;
import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.VolumeDetails.AllocEntry;
import org.scoutfs.vfs.VolumeDetails.StatfsMore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code scoutfs df}. */
@Command(name = "df", description = "Show how full the metadata and the data device of a mounted volume are.")
public final class DfCommand extends CommandWithHelp implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Mixin
    private VolumePath path = new VolumePath();

    @Option(
            names = {"-h", "--human-readable"},
            description = "Sizes with units instead of numbers of blocks.")
    private boolean human;

    @Override
    public Integer call() throws FsException {
        try (OpenedPath opened = new OpenedPath(path.get())) {
            StatfsMore statfs = ask("statfs_more", opened::statfsMore);
            List<AllocEntry> entries = ask("alloc_detail", opened::allocDetail);
            spec.commandLine().getOut().print(VolumeUsage.of(statfs, entries).table(human));
            spec.commandLine().getOut().flush();
        }
        return 0;
    }

    private interface Question<T> {
        T ask() throws FsException;
    }

    private static <T> T ask(String name, Question<T> question) throws FsException {
        try {
            return question.ask();
        } catch (FsException e) {
            throw new FsException(Errno.EIO, name + " returned -1: error " + OpenedPath.text(e.errno()), e);
        }
    }
}
