package org.scoutfs.app.print;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.progress.Progress;
import org.scoutfs.app.progress.ProgressOption;
import org.scoutfs.device.Access;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.device.DeviceException;
import org.scoutfs.device.FileDevice;
import org.scoutfs.device.Sharing;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.format.Magic;
import org.scoutfs.format.VolumeLayout;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code scoutfs print}. */
@Command(
        name = "print",
        description = "Print all metadata structures of a volume, as they are on the device.",
        footer = {
            "",
            "Examples:",
            "  scoutfs print /dev/vg/meta | less",
            "  scoutfs print -S meta.img        only the parts that are small on a large volume"
        })
public final class PrintCommand extends CommandWithHelp implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Parameters(paramLabel = "META-DEVICE", description = "The metadata device, or a file with its contents.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private Path device;

    @Option(
            names = {"-S", "--skip-likely-huge"},
            description = "Leave out free extents, srch blocks and the fs tree.")
    private boolean skipLikelyHuge;

    @Mixin
    private ProgressOption progressOption = new ProgressOption();

    @Override
    public Integer call() throws FsException, IOException {
        try (BlockDevice meta = open();
                Progress progress =
                        progressOption.start(spec.commandLine().getErr(), "print", Progress.Unit.BYTES, 0, true);
                OutputStream out = progress.counting(
                        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16))) {
            checkMagic(meta);
            if (!VolumePrinter.print(meta, out, skipLikelyHuge)) {
                throw new FsException(Errno.EINVAL, "**** Printing from data device is not allowed ****");
            }
        }
        return 0;
    }

    private BlockDevice open() throws FsException {
        try {
            return FileDevice.open(device, Access.READ_ONLY, Sharing.SHARED);
        } catch (DeviceException e) {
            if (e.errno() == Errno.EINVAL) {
                throw new FsException(e.errno(), String.valueOf(e.getMessage()), e);
            }
            throw new FsException(
                    e.errno(),
                    "failed to open '" + device + "': " + e.errno().text() + " ("
                            + e.errno().number() + ")",
                    e);
        }
    }

    /** Anything else may be damaged and is printed as it is. */
    private static void checkMagic(BlockDevice meta) throws FsException, IOException {
        if (meta.sizeBytes() < VolumeLayout.SUPER_OFFSET + VolumeLayout.SMALL_BLOCK_SIZE) {
            throw new FsException(
                    Errno.EINVAL, "'" + meta.name() + "' has only " + meta.sizeBytes() + " bytes: no scoutfs volume");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(VolumeLayout.SMALL_BLOCK_SIZE, VolumeLayout.SMALL_BLOCK_SIZE);
            meta.read(VolumeLayout.SUPER_OFFSET, block);
            int magic = BlockHeader.magic(block, 0);
            if (magic != Magic.SUPER) {
                throw new FsException(
                        Errno.EINVAL,
                        "'%s' is not a scoutfs device: super block magic is 0x%08x, expected 0x%08x"
                                .formatted(meta.name(), magic, Magic.SUPER));
            }
        }
    }
}
