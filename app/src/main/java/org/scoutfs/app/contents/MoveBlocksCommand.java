package org.scoutfs.app.contents;

import static org.scoutfs.app.ioctl.OpenFlags.O_RDWR;

import java.util.concurrent.Callable;
import org.scoutfs.app.ByteSizes;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.ioctl.IoctlErrors;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.error.FsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code scoutfs move-blocks}. */
@Command(
        name = "move-blocks",
        description = {
            "Move contents from one file into a hole of another without copying; the source is left with a hole.",
            "Offsets and the length are multiples of 4 KiB, except that the range may end with the source."
        },
        footer = {"", "Example:", "  scoutfs move-blocks -f 0 -l 1M -t 4M part whole"})
public final class MoveBlocksCommand extends CommandWithHelp implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FROM", description = "The file that has the blocks.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private String fromPath;

    @Parameters(index = "1", paramLabel = "TO", description = "The file that gets them.")
    @SuppressWarnings("NullAway.Init")
    private String toPath;

    @Option(
            names = {"-f", "--from-offset"},
            required = true,
            paramLabel = "BYTES",
            converter = ByteSizes.NumberConverter.class,
            description = "Where in FROM to begin.")
    private long fromOffset;

    @Option(
            names = {"-l", "--length"},
            required = true,
            paramLabel = "BYTES",
            converter = ByteSizes.SizeConverter.class,
            description = "How much.")
    private long length;

    @Option(
            names = {"-t", "--to-offset"},
            required = true,
            paramLabel = "BYTES",
            converter = ByteSizes.SizeConverter.class,
            description = "Where in TO it goes.")
    private long toOffset;

    @Override
    public Integer call() throws FsException {
        try (IoctlFile from = IoctlFile.open(fromPath, O_RDWR);
                IoctlFile to = IoctlFile.open(toPath, O_RDWR)) {
            IoctlErrors.order(
                    "ioctl failed on '" + toPath + "'", () -> to.moveBlocks(from, fromOffset, length, toOffset, 0, 0));
        }
        return 0;
    }
}
