package org.scoutfs.app.admin;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.error.FsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code scoutfs stat}. */
@Command(name = "stat", description = "Show what stat(1) does not of a file or directory on a mounted volume.")
public final class StatCommand extends CommandWithHelp implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FILE", description = "A file or directory.")
    @SuppressWarnings("NullAway.Init")
    private String path;

    @Option(
            names = {"-s", "--single-field"},
            paramLabel = "FIELD",
            description = "Only the value of this field.")
    private @Nullable String single;

    @Override
    public Integer call() throws FsException {
        OpenedPath.StatMore stat;
        try (OpenedPath opened = new OpenedPath(path)) {
            stat = ask(opened);
        }
        Fields.print(spec.commandLine().getOut(), fields(stat), single);
        return 0;
    }

    private static OpenedPath.StatMore ask(OpenedPath opened) throws FsException {
        try {
            return opened.statMore();
        } catch (FsException e) {
            throw new FsException(e.errno(), "ioctl failed: " + OpenedPath.text(e.errno()), e);
        }
    }

    static Map<String, String> fields(OpenedPath.StatMore stat) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("meta_seq", Long.toUnsignedString(stat.metaSeq()));
        fields.put("data_seq", Long.toUnsignedString(stat.dataSeq()));
        fields.put("data_version", Long.toUnsignedString(stat.dataVersion()));
        fields.put("online_blocks", Long.toUnsignedString(stat.onlineBlocks()));
        fields.put("offline_blocks", Long.toUnsignedString(stat.offlineBlocks()));
        fields.put("crtime", String.format(Locale.ROOT, "%d.%09d", stat.crtimeSeconds(), stat.crtimeNanos()));
        return fields;
    }
}
