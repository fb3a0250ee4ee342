package org.scoutfs.quorum;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuorumConfig;

/** Whether a mount can take part in quorum (spec 3 section 3.1), and how many votes an election needs. */
public final class QuorumSlots {
    private QuorumSlots() {}

    /**
     * Checks the configured slots of a volume and the slot of this mount.
     *
     * @param ownSlot option quorum_slot_nr
     * @throws FsException EINVAL with a message for an administrator
     */
    public static void check(QuorumConfig config, int ownSlot) throws FsException {
        check(config);
        if (ownSlot < 0 || ownSlot >= QuorumConfig.SLOTS || !config.isPresent(ownSlot)) {
            throw new FsException(
                    Errno.EINVAL,
                    "quorum_slot_nr=" + ownSlot
                            + " option references unused slot, must be one of the following configured slots: "
                            + present(config));
        }
    }

    /**
     * Checks the configured slots of a volume, for a mount that has none of them.
     *
     * @throws FsException EINVAL with a message for an administrator
     */
    public static void check(QuorumConfig config) throws FsException {
        List<String> problems = config.problems();
        if (!problems.isEmpty()) {
            throw new FsException(Errno.EINVAL, String.join("; ", problems));
        }
    }

    /** Votes that make a leader: with one or two slots each can win alone, else a majority of them. */
    public static int votesNeeded(QuorumConfig config) {
        int present = config.countPresent();
        return present < 3 ? 1 : present / 2 + 1;
    }

    private static String present(QuorumConfig config) {
        return IntStream.range(0, QuorumConfig.SLOTS)
                .filter(config::isPresent)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(","));
    }
}
