package org.scoutfs.app.contents;

import static org.scoutfs.app.ioctl.OpenFlags.O_RDONLY;
import static org.scoutfs.app.ioctl.OpenFlags.O_RDWR;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.ByteSizes;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.progress.Progress;
import org.scoutfs.app.progress.ProgressOption;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code scoutfs stage}. */
@Command(
        name = "stage",
        description = {
            "Bring released contents back from a copy; whoever waits for them goes on.",
            "The copy is read from its beginning, whatever the offset in the file."
        },
        footer = {"", "Example:", "  scoutfs stage -V $(scoutfs stat -s data_version file) /archive/copy file"})
public final class StageCommand extends CommandWithHelp implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    private static final int PIECE_BYTES = 1 << 20;

    @Parameters(index = "0", paramLabel = "ARCHIVE", description = "The copy of the contents.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private String archivePath;

    @Parameters(index = "1", paramLabel = "FILE", description = "A file with offline contents.")
    @SuppressWarnings("NullAway.Init")
    private String path;

    @Option(
            names = {"-V", "--data-version"},
            required = true,
            paramLabel = "VERSION",
            converter = ByteSizes.NumberConverter.class,
            description = "Version of the contents that were archived.")
    private long dataVersion;

    @Option(
            names = {"-o", "--offset"},
            paramLabel = "BYTES",
            converter = ByteSizes.SizeConverter.class,
            description = "Where in FILE the copy begins, a multiple of 4 KiB; default: 0.")
    private long offset;

    @Option(
            names = {"-l", "--length"},
            paramLabel = "BYTES",
            converter = ByteSizes.SizeConverter.class,
            description = "How much; default: the size of the copy.")
    private @Nullable Long length;

    @Mixin
    private ProgressOption progressOption = new ProgressOption();

    @Override
    public Integer call() throws FsException {
        try (IoctlFile archive = IoctlFile.open(archivePath, O_RDONLY);
                IoctlFile file = IoctlFile.open(path, O_RDWR);
                Arena arena = Arena.ofConfined()) {
            long total = length == null ? archive.size() : length;
            MemorySegment buffer = arena.allocate(PIECE_BYTES, 4096);
            try (Progress progress =
                    progressOption.start(spec.commandLine().getErr(), "stage", Progress.Unit.BYTES, total, false)) {
                long done = 0;
                while (Long.compareUnsigned(done, total) < 0) {
                    long left = total - done;
                    long piece = Long.compareUnsigned(left, PIECE_BYTES) < 0 ? left : PIECE_BYTES;
                    fill(archive, done, buffer.asSlice(0, piece));
                    stage(file, offset + done, buffer.asSlice(0, piece));
                    done += piece;
                    progress.add(piece);
                }
            }
        }
        return 0;
    }

    private static void fill(IoctlFile archive, long from, MemorySegment piece) throws FsException {
        long filled = 0;
        while (filled < piece.byteSize()) {
            MemorySegment rest = piece.asSlice(filled);
            long at = from + filled;
            int count = IoctlErrors.askOrEio("archive read returned -1", () -> archive.read(at, rest));
            if (count == 0) {
                throw new FsException(Errno.EIO, "archive read returned 0: error the copy ends at byte " + at);
            }
            filled += count;
        }
    }

    private void stage(IoctlFile file, long at, MemorySegment piece) throws FsException {
        long bytes = piece.byteSize();
        int count = IoctlErrors.askOrEio("stage returned -1, not " + bytes, () -> file.stage(dataVersion, at, piece));
        if (count != bytes) {
            throw new FsException(Errno.EIO, "stage returned " + count + ", not " + bytes + ": error Success (0)");
        }
    }
}
