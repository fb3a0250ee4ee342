package org.scoutfs.trans.work;

import java.util.ArrayList;
import java.util.List;
import org.scoutfs.alloc.ListAllocator;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.BlockWriter;
import org.scoutfs.btree.BtreeMerge;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.client.LogMergeService;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.LogTrees;
import org.scoutfs.host.Host;

/** Merges finalized log trees into parts of the fs tree, as the server hands them out (spec 2 section 9.4). */
public final class LogMergeWorker extends ServerWorker {
    /** Pause after "no work" or an error, and before the first request. */
    static final long POLL_NANOS = 5_000_000_000L;

    private static final System.Logger LOG = System.getLogger("org.scoutfs.trans.work");

    private final LogMergeService server;
    private final BlockCache blocks;
    private final BtreeReader reader;
    private final Triggers triggers;
    private final Counters counters;
    private final Counter merges;
    private final Counter errors;

    public LogMergeWorker(LogMergeService server, BlockCache blocks, Host host, Counters counters, Triggers triggers) {
        super("scoutfs-log-merge", host);
        this.server = server;
        this.blocks = blocks;
        this.reader = new BtreeReader(blocks);
        this.triggers = triggers;
        this.counters = counters;
        this.merges = counters.get("log_merge_work");
        this.errors = counters.get("log_merge_work_error");
    }

    @Override
    long pauseNanos() {
        return POLL_NANOS;
    }

    @Override
    boolean work() throws FsException {
        LogMergeRequest request = server.getLogMerge();
        if (request == null) {
            return false;
        }
        LogMergeComplete complete = merge(request);
        answer(() -> server.commitLogMerge(complete));
        return !complete.isError();
    }

    /** Does the work; whatever fails becomes an answer with the error flag, after which the server forgets all that was done. */
    LogMergeComplete merge(LogMergeRequest request) {
        merges.increment();
        BlockWriter writer = new BlockWriter();
        ListAllocator alloc = new ListAllocator(blocks, writer, counters, request.metaAvail(), request.metaFreed());
        BtreeMerge.Result result = null;
        try {
            try {
                result = new BtreeMerge(blocks, alloc, writer, triggers)
                        .merge(
                                request.root(),
                                inputs(request),
                                request.start(),
                                request.end(),
                                request.isSubtree(),
                                BtreeMerge.Limits.REQUEST);
            } finally {
                alloc.prepareCommit();
            }
            blocks.writeAll(writer);
            long flags = result.complete() ? 0 : LogMergeComplete.FLAG_REMAIN;
            Key remain = result.complete() ? request.end() : result.next();
            return answer(request, alloc, result.root(), remain, flags);
        } catch (FsException | RuntimeException e) {
            errors.increment();
            LOG.log(
                    System.Logger.Level.WARNING,
                    "log merge of " + request.start() + ".." + request.end() + " failed",
                    e);
            return new LogMergeComplete(
                    request.metaAvail(),
                    request.metaFreed(),
                    request.root(),
                    request.start(),
                    request.end(),
                    request.end(),
                    request.rid(),
                    request.seq(),
                    LogMergeComplete.FLAG_ERROR);
        } finally {
            blocks.forgetAll(writer);
        }
    }

    private static LogMergeComplete answer(
            LogMergeRequest request, ListAllocator alloc, BtreeRoot root, Key remain, long flags) {
        return new LogMergeComplete(
                alloc.avail(),
                alloc.freed(),
                root,
                request.start(),
                request.end(),
                remain,
                request.rid(),
                request.seq(),
                flags);
    }

    /** Item trees of the log trees that this merge takes in. */
    private List<BtreeRoot> inputs(LogMergeRequest request) throws FsException {
        List<BtreeRoot> roots = new ArrayList<>();
        reader.forEach(request.logsRoot(), Key.ZERO, Key.MAX, (key, seq, flags, block, offset, length) -> {
            if (length != LogTrees.SIZE) {
                throw new CorruptionException(
                        "log trees item " + key + " has " + length + " bytes, expected " + LogTrees.SIZE);
            }
            LogTrees log = LogTrees.read(block, offset);
            if (log.isFinalized()
                    && Long.compareUnsigned(log.finalizeSeq(), request.inputSeq()) < 0
                    && !log.itemRoot().isEmpty()) {
                roots.add(log.itemRoot());
            }
            return true;
        });
        return roots;
    }
}
