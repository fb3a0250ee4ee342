package org.scoutfs.quorum;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.QuorumBlockFile;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuorumBlock;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.Timespec;
import org.scoutfs.host.HostClock;

/** The block of this mount's slot, written by the agent's thread alone (spec 3 section 3.3). */
final class OwnQuorumBlock {
    private static final Logger LOG = System.getLogger("org.scoutfs.quorum");

    private final QuorumBlockFile blocks;
    private final int slot;
    private final long rid;
    private final HostClock clock;
    private final Counter invalidBlock;
    private @Nullable QuorumBlockEvent last;

    OwnQuorumBlock(QuorumBlockFile blocks, int slot, long rid, HostClock clock, Counters counters) {
        this.blocks = blocks;
        this.slot = slot;
        this.rid = rid;
        this.clock = clock;
        this.invalidBlock = counters.get("quorum_read_invalid_block");
    }

    /**
     * Records an event. Stable on return.
     *
     * @throws FsException EIO if another mount has begun to use the slot, or the device's error
     */
    void write(QuorumBlockEvent event, long term) throws FsException {
        QuorumBlock block = blocks.read(slot);
        long beginRid = block.event(QuorumBlockEvent.BEGIN).rid();
        if (event != QuorumBlockEvent.BEGIN && beginRid != rid) {
            invalidBlock.increment();
            String message =
                    "read invalid quorum block, quorum block begin rid %016x != our rid %016x, are multiple mounts configured with this slot?"
                            .formatted(beginRid, rid);
            LOG.log(Level.ERROR, "{0}", message);
            throw new FsException(Errno.EIO, message);
        }
        long now = clock.nanoTime();
        long nanosOfSecond = TimeUnit.SECONDS.toNanos(1);
        Timespec time = new Timespec(Math.floorDiv(now, nanosOfSecond), (int) Math.floorMod(now, nanosOfSecond));
        blocks.write(slot, block.withEvent(event, rid, term, time));
        last = event;
    }

    /** The event recorded last; null before BEGIN. */
    @Nullable
    QuorumBlockEvent last() {
        return last;
    }
}
