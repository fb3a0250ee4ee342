package org.scoutfs.app.print;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.device.Access;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.device.DeviceException;
import org.scoutfs.device.FileDevice;
import org.scoutfs.device.Sharing;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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
    @Parameters(paramLabel = "META-DEVICE", description = "The metadata device, or a file with its contents.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private Path device;

    @Option(
            names = {"-S", "--skip-likely-huge"},
            description = "Leave out free extents, srch blocks and the fs tree.")
    private boolean skipLikelyHuge;

    @Override
    public Integer call() throws FsException, IOException {
        try (BlockDevice meta = open();
                OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16)) {
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
            throw new FsException(
                    e.errno(),
                    "failed to open '" + device + "': " + e.errno().text() + " ("
                            + e.errno().number() + ")",
                    e);
        }
    }
}
