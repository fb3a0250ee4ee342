package org.scoutfs.quorum;

import org.jspecify.annotations.Nullable;
import org.scoutfs.block.QuorumBlockFile;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.QuorumBlock;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.QuorumConfig;

/**
 * Finds the server from the quorum blocks (spec 3 section 3.8). The answer may be out of date, so it is asked for before each attempt to
 * connect and never kept (R18).
 */
public final class LeaderFinder {
    private final QuorumBlockFile blocks;
    private final QuorumConfig config;

    /** @param config as read at mount: it does not change while the volume is in use */
    public LeaderFinder(QuorumBlockFile blocks, QuorumConfig config) {
        this.blocks = blocks;
        this.config = config;
    }

    /**
     * The member elected last of those that may be running a server; null if none may.
     *
     * @throws FsException if the block of a present slot cannot be read
     */
    public @Nullable Leader find() throws FsException {
        Leader found = null;
        for (int slot = 0; slot < QuorumConfig.SLOTS; slot++) {
            if (!config.isPresent(slot)) {
                continue;
            }
            QuorumBlock block = blocks.read(slot);
            long term = block.event(QuorumBlockEvent.ELECT).term();
            if (block.mayHaveServer() && (found == null || Long.compareUnsigned(term, found.term) > 0)) {
                found = new Leader(slot, term, config.slot(slot));
            }
        }
        return found;
    }

    /** Who may be leading. */
    public record Leader(int slot, long term, InetAddr address) {}
}
