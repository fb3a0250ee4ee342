package org.scoutfs.quorum;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.scoutfs.block.QuorumBlockFile;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.QuorumBlock;
import org.scoutfs.format.QuorumBlock.Event;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.QuorumConfig;

/**
 * Makes sure that a server is alone: finds the leaders before it that never recorded a stop, and has them fenced (spec 3 section 3.7).
 * First step of each server start, while heartbeats go on.
 *
 * <p>An ELECT without STOP is a leader that may still run. A FENCE between STOP and ELECT was left by a mount that used the slot before:
 * it led, crashed, and another mount was elected in the same slot (R6). A FENCE of any slot says that its leader had everything of
 * lower terms fenced, so nobody has to do that again (R5).
 *
 * <p>An ELECT of a higher term than one's own means that this start comes too late. While the own ELECT was on its way to slow storage
 * somebody else was elected, and may have read all blocks before it arrived: that leader does not know of us and will not have us fenced.
 * Each of two leaders reads the blocks after its own ELECT is on the device, so at least one of them sees the other; the lower term gives
 * way.
 */
public final class EarlierLeaders {
    /** How long all of them together may take to be fenced. */
    public static final long FENCE_WAIT_MS = 15_000;

    private static final Logger LOG = System.getLogger("org.scoutfs.quorum");

    private final QuorumBlockFile blocks;
    private final QuorumConfig config;
    private final long fsid;
    private final long ownRid;
    private final Counter fenceLeader;
    private final Counter fenceError;

    public EarlierLeaders(QuorumBlockFile blocks, QuorumConfig config, long fsid, long ownRid, Counters counters) {
        this.blocks = blocks;
        this.config = config;
        this.fsid = fsid;
        this.ownRid = ownRid;
        this.fenceLeader = counters.get("quorum_fence_leader");
        this.fenceError = counters.get("quorum_fence_error");
    }

    /**
     * Has all earlier leaders fenced. On return none of them can write to the devices any more.
     *
     * @param ownTerm of the election this server was started by
     * @throws FsException if a quorum block cannot be read, somebody was elected in a later term (ESTALE), or not everybody was fenced: the
     *     server must not start, and nothing was opened
     */
    public void fence(long ownTerm, FenceHook hook) throws FsException {
        try {
            Map<Integer, QuorumBlock> all = readAll();
            checkNobodyIsLater(all, ownTerm);
            for (Leader leader : suspects(all, config, ownTerm, ownRid)) {
                fenceLeader.increment();
                LOG.log(
                        Level.INFO,
                        "fencing previous leader f.{0}.r.{1} at term {2} in slot {3} with address {4}",
                        top24Bits(fsid),
                        top24Bits(leader.rid),
                        Long.toUnsignedString(leader.term),
                        leader.slot,
                        leader.address);
                hook.request(leader.rid, leader.address);
            }
            hook.awaitAll(FENCE_WAIT_MS);
        } catch (FsException e) {
            fenceError.increment();
            throw e;
        }
    }

    private static void checkNobodyIsLater(Map<Integer, QuorumBlock> all, long ownTerm) throws FsException {
        for (Map.Entry<Integer, QuorumBlock> entry : all.entrySet()) {
            long term = entry.getValue().event(QuorumBlockEvent.ELECT).term();
            if (Long.compareUnsigned(term, ownTerm) > 0) {
                throw new FsException(
                        Errno.ESTALE,
                        "slot " + entry.getKey() + " was elected in term " + Long.toUnsignedString(term)
                                + ", this server of term " + Long.toUnsignedString(ownTerm) + " comes too late");
            }
        }
    }

    private Map<Integer, QuorumBlock> readAll() throws FsException {
        Map<Integer, QuorumBlock> all = new TreeMap<>();
        for (int slot = 0; slot < QuorumConfig.SLOTS; slot++) {
            if (config.isPresent(slot)) {
                all.put(slot, blocks.read(slot));
            }
        }
        return all;
    }

    /**
     * Who must be fenced, in order of slots.
     *
     * @param blocks of the present slots, by slot number
     */
    public static List<Leader> suspects(
            Map<Integer, QuorumBlock> blocks, QuorumConfig config, long ownTerm, long ownRid) {
        long fenced = 0;
        for (QuorumBlock block : blocks.values()) {
            long term = block.event(QuorumBlockEvent.FENCE).term();
            fenced = Long.compareUnsigned(term, fenced) > 0 ? term : fenced;
        }
        List<Leader> suspects = new ArrayList<>();
        for (Map.Entry<Integer, QuorumBlock> entry : new TreeMap<>(blocks).entrySet()) {
            for (Event event : withoutStop(entry.getValue())) {
                boolean skip = event.term() == 0
                        || Long.compareUnsigned(event.term(), fenced) < 0
                        || Long.compareUnsigned(event.term(), ownTerm) > 0
                        || event.rid() == ownRid;
                if (!skip) {
                    suspects.add(new Leader(event.rid(), event.term(), entry.getKey(), config.slot(entry.getKey())));
                }
            }
        }
        return suspects;
    }

    /** The events of a block that name a leader which may still run. */
    private static List<Event> withoutStop(QuorumBlock block) {
        Event elect = block.event(QuorumBlockEvent.ELECT);
        Event fence = block.event(QuorumBlockEvent.FENCE);
        long stopTerm = block.event(QuorumBlockEvent.STOP).term();
        List<Event> events = new ArrayList<>(2);
        if (Long.compareUnsigned(elect.term(), stopTerm) > 0) {
            events.add(elect);
        }
        if (Long.compareUnsigned(stopTerm, fence.term()) < 0 && Long.compareUnsigned(fence.term(), elect.term()) < 0) {
            events.add(fence);
        }
        return events;
    }

    private static String top24Bits(long id) {
        return "%06x".formatted(id >>> 40);
    }

    /**
     * A mount that led and may still run.
     *
     * @param slot it led in
     * @param address of that slot
     */
    public record Leader(long rid, long term, int slot, InetAddr address) {}
}
