package org.scoutfs.srch;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.scoutfs.alloc.ListAllocator;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.SrchCompactInput;
import org.scoutfs.format.SrchFile;

/**
 * What a mount does with a compaction that the server gave it (spec 2 section 10.4): one round of merging files into one, or of freeing
 * the blocks of merged files.
 *
 * <p>Nothing that is written here is reachable before the server has committed the answer. An answer with the error flag means that the
 * server forgets the round; every failure ends in one, a failed write-out too.
 *
 * <p>Safe for threads; each round has its own writer and allocator.
 */
public final class SrchCompactor {
    /** After the first entry of an output leaf of a LOG round, pairs that cancel fill it to the last position there is. */
    public static final String TRIGGER_PAD_SAFE = "srch_compact_logs_pad_safe";
    /** A SORTED round ends when an input stands at the last position an entry can begin at. */
    public static final String TRIGGER_STOP_SAFE = "srch_merge_stop_safe";

    private static final System.Logger LOG = System.getLogger("org.scoutfs.srch");

    /**
     * Limits of a round.
     *
     * @param dirtyBytes a SORTED round ends, and a LOG round writes out and goes on, when this much is dirty
     * @param sortEntries entries of logs that are sorted in memory at once, 24 bytes each, up to twice as many for a while; more of
     *     them take several passes over the logs
     */
    record Limits(long dirtyBytes, int sortEntries) {
        static final Limits DEFAULT = new Limits(32L << 20, 1 << 19);
    }

    private final BlockCache cache;
    private final Counters counters;
    private final Triggers triggers;
    private final Limits limits;
    private final Counter errors;

    public SrchCompactor(BlockCache cache, Counters counters, Triggers triggers) {
        this(cache, counters, triggers, Limits.DEFAULT);
    }

    SrchCompactor(BlockCache cache, Counters counters, Triggers triggers, Limits limits) {
        this.cache = cache;
        this.counters = counters;
        this.triggers = triggers;
        this.limits = limits;
        this.errors = counters.get("srch_compact_error");
    }

    /**
     * Does one round and returns the answer for the server: updated lists, output file and positions, with DONE if nothing is left to
     * do; or the request with ERROR. All blocks of the answer are stable.
     *
     * @param request with at least one input
     * @param stopping asked now and then; true ends the round with an error
     */
    public SrchCompact run(SrchCompact request, BooleanSupplier stopping) {
        try (Round round = new Round(cache, counters, triggers, limits, stopping, request)) {
            SrchCompact answer = work(round, request);
            round.writeOut();
            return answer.withLists(round.alloc.avail(), round.alloc.freed());
        } catch (FsException | RuntimeException e) {
            errors.increment();
            LOG.log(
                    System.Logger.Level.WARNING,
                    "a round of srch compaction " + Long.toUnsignedString(request.id())
                            + " failed and will be repeated",
                    e);
            return request.withFlags(request.flags() | SrchCompact.FLAG_ERROR);
        }
    }

    private static SrchCompact work(Round round, SrchCompact request) throws FsException {
        if (request.nr() < 1 || request.nr() > SrchCompact.MAX_INPUTS) {
            throw new FsException(Errno.EINVAL, "a srch compaction has " + request.nr() + " inputs");
        }
        List<SrchCompactInput> inputs = new ArrayList<>(request.in().subList(0, request.nr()));
        int kind = request.flags() & (SrchCompact.FLAG_LOG | SrchCompact.FLAG_SORTED | SrchCompact.FLAG_DELETE);
        boolean done = switch (kind) {
            case SrchCompact.FLAG_LOG -> new LogRound(round).run(inputs);
            case SrchCompact.FLAG_SORTED -> new SortedRound(round).run(inputs);
            case SrchCompact.FLAG_DELETE -> new DeleteRound(round).run(inputs);
            default -> throw new FsException(Errno.EINVAL, "a srch compaction has flags " + request.flags());
        };
        return request.withIn(inputs).withOut(round.out.file()).withFlags(kind | (done ? SrchCompact.FLAG_DONE : 0));
    }

    /** What all kinds of rounds share. */
    static final class Round implements AutoCloseable {
        final BlockCache cache;
        final Triggers triggers;
        final Limits limits;
        final BlockWriter writer = new BlockWriter();
        final ListAllocator alloc;
        final SrchFileWriter out;
        final Counter entriesWritten;
        final Counter entriesRemoved;
        final Counter logLeaves;
        private final BooleanSupplier stopping;
        private final Counter flushes;
        private final Counter dirtyBlocks;

        Round(
                BlockCache cache,
                Counters counters,
                Triggers triggers,
                Limits limits,
                BooleanSupplier stopping,
                SrchCompact request) {
            this.cache = cache;
            this.triggers = triggers;
            this.limits = limits;
            this.stopping = stopping;
            this.alloc = new ListAllocator(cache, writer, counters, request.metaAvail(), request.metaFreed());
            this.out = new SrchFileWriter(cache, alloc, writer, counters, request.out());
            this.out.endLeaf();
            this.entriesWritten = counters.get("srch_compact_entry");
            this.entriesRemoved = counters.get("srch_compact_removed_entry");
            this.logLeaves = counters.get("srch_compact_log_page");
            this.flushes = counters.get("srch_compact_flush");
            this.dirtyBlocks = counters.get("srch_compact_dirty_block");
        }

        /** Whether the allocator has too little for another leaf with all parents above it, twice over for list blocks and luck. */
        boolean isAllocLow() {
            return alloc.low(2 * (out.height() + 2));
        }

        void checkStopping() throws FsException {
            if (stopping.getAsBoolean()) {
                throw new FsException(Errno.ECANCELED, "the mount is going down");
            }
        }

        /** Makes everything so far stable. The round may go on after it. */
        void writeOut() throws FsException {
            out.prepareCommit();
            alloc.prepareCommit();
            dirtyBlocks.add(writer.dirtyCount());
            cache.writeAll(writer);
            flushes.increment();
        }

        /** Drops what was not written, also the allocator's hold on its list blocks. */
        @Override
        public void close() {
            out.close();
            alloc.prepareCommit();
            cache.forgetAll(writer);
        }
    }

    /** Whether an input file has nothing to read. */
    static boolean isEmpty(SrchFile file) {
        return file.isEmpty() || file.blocks() == 0;
    }
}
