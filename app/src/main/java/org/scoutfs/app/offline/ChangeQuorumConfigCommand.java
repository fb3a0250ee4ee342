package org.scoutfs.app.offline;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.VolumeSummary;
import org.scoutfs.app.mkfs.QuorumSlotText;
import org.scoutfs.device.Access;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.error.FsException;
import org.scoutfs.format.MkfsParameters.QuorumSlot;
import org.scoutfs.format.SuperBlock;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code scoutfs change-quorum-config}. */
@Command(
        name = "change-quorum-config",
        description = "Replace the quorum slots of a volume that nobody has mounted.",
        footer = {
            "",
            "The slots given are all that there will be: those of before are forgotten. One slot, or three or more:"
                    + " two can both lead for a moment.",
            "",
            "Example:",
            "  scoutfs change-quorum-config -F -Q 0,10.0.0.1,42000 -Q 1,10.0.0.2,42000 -Q 2,10.0.0.3,42000 /dev/vg/meta"
        })
public final class ChangeQuorumConfigCommand extends CommandWithHelp implements Callable<Integer> {
    private static final int SUMMARY_WIDTH = 24;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "META-DEVICE", description = "The volume's metadata device.")
    @SuppressWarnings("NullAway.Init")
    private Path metaPath;

    @Option(
            names = {"-Q", "--quorum-slot"},
            required = true,
            paramLabel = "NR,ADDR,PORT",
            description = "A mount that may be elected: slot 0 to 14, IPv4 address, port 1 to 65534. At least one.")
    private List<String> slotTexts = List.of();

    @Option(
            names = {"-F", "--offline"},
            required = true,
            description = "The volume is mounted nowhere. Must be given.")
    @SuppressWarnings("UnusedVariable") // that it is there is all
    private boolean offline;

    @Override
    public Integer call() throws FsException, IOException {
        List<QuorumSlot> slots = QuorumSlotText.parseAll(spec.commandLine(), slotTexts);
        PrintWriter out = spec.commandLine().getOut();
        try (BlockDevice meta = OfflineDevices.open("meta", metaPath, Access.READ_WRITE)) {
            SuperBlock now = apply(meta, slots);
            new VolumeSummary(out, "Successfully changed quorum config for scoutfs filesystem:", SUMMARY_WIDTH)
                    .line("meta device path:", metaPath)
                    .line("fsid:", Long.toHexString(now.fsid()))
                    .line("uuid:", now.uuid())
                    .quorum(now.quorumConfig());
        } finally {
            out.flush();
        }
        return 0;
    }

    /**
     * Replaces the slots in the metadata device's super block, which is one write; stable on return.
     *
     * @return the super block as it is now
     * @throws FsException EINVAL for a data device, EBUSY while the volume may be in use
     */
    static SuperBlock apply(BlockDevice meta, List<QuorumSlot> slots) throws FsException {
        SuperBlock superBlock = OfflineDevices.readMetaSuper(meta);
        try (OfflineVolume volume = new OfflineVolume(meta, superBlock)) {
            volume.requireUnused("change the quorum config");
        }
        superBlock.setQuorumConfig(
                QuorumSlotText.config(slots, superBlock.quorumConfig().version() + 1));
        OfflineDevices.writeSuper(meta, superBlock);
        return superBlock;
    }
}
