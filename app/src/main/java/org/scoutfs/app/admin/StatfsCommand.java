package org.scoutfs.app.admin;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.VolumeDetails.StatfsMore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code scoutfs statfs}. */
@Command(name = "statfs", description = "Show the ids and sizes of a mounted volume.")
public final class StatfsCommand extends CommandWithHelp implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Mixin
    private VolumePath path = new VolumePath();

    @Option(
            names = {"-s", "--single-field"},
            paramLabel = "FIELD",
            description = "Only the value of this field.")
    private @Nullable String single;

    @Override
    public Integer call() throws FsException {
        StatfsMore statfs;
        try (OpenedPath opened = new OpenedPath(path.get())) {
            statfs = ask(opened);
        }
        Fields.print(spec.commandLine().getOut(), fields(statfs), single);
        return 0;
    }

    private static StatfsMore ask(OpenedPath opened) throws FsException {
        try {
            return opened.statfsMore();
        } catch (FsException e) {
            throw new FsException(e.errno(), "ioctl failed: " + OpenedPath.text(e.errno()), e);
        }
    }

    static Map<String, String> fields(StatfsMore statfs) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("fsid", "%016x".formatted(statfs.fsid()));
        fields.put("rid", "%016x".formatted(statfs.rid()));
        fields.put("committed_seq", Long.toUnsignedString(statfs.committedSeq()));
        fields.put("total_meta_blocks", Long.toUnsignedString(statfs.totalMetaBlocks()));
        fields.put("total_data_blocks", Long.toUnsignedString(statfs.totalDataBlocks()));
        return fields;
    }
}
