package org.scoutfs.trans;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.scoutfs.alloc.TestVolume;
import org.scoutfs.client.LogTreesService;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocExtentRoot;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.LogTrees;

/**
 * The server's side of a mount's transactions, after spec 2 section 9.2 without merging: fills and empties block lists, counts
 * transactions, checks that each is committed once. Fails as often as a test asks for.
 */
public final class TestServer implements LogTreesService {
    private final TestVolume volume;
    private final int fillBlocks;
    public final List<String> calls = new CopyOnWriteArrayList<>();
    public final List<LogTrees> commits = new CopyOnWriteArrayList<>();
    private final Queue<Errno> commitErrors = new ArrayDeque<>();
    private final Queue<Errno> getErrors = new ArrayDeque<>();
    private @Nullable LogTrees stored;
    private long seq = 100;
    private boolean low;
    private boolean newTree;
    private volatile CountDownLatch gate = new CountDownLatch(0);

    public TestServer(TestVolume volume, int fillBlocks) {
        this.volume = volume;
        this.fillBlocks = fillBlocks;
    }

    /** Next commits fail with these, one each. */
    public synchronized void failCommits(Errno... errors) {
        commitErrors.addAll(List.of(errors));
    }

    public synchronized void failGets(Errno... errors) {
        getErrors.addAll(List.of(errors));
    }

    /** The volume has no more metadata blocks from the next transaction on. */
    public synchronized void setLow(boolean isLow) {
        low = isLow;
    }

    /** The next transaction writes a new log tree: the present one is being merged. */
    public synchronized void finalizeTree() {
        newTree = true;
    }

    /** Commits wait until the latch is open. */
    public void holdCommits(CountDownLatch latch) {
        gate = latch;
    }

    /** Seqs given out so far. */
    public synchronized long nextSeq() {
        return ++seq;
    }

    @Override
    public LogTrees getLogTrees() throws FsException {
        synchronized (this) {
            calls.add("get");
            Errno error = getErrors.poll();
            if (error != null) {
                throw new FsException(error);
            }
            LogTrees last = stored;
            if (last != null && last.getTransSeq() != last.commitTransSeq()) {
                return last;
            }
            LogTrees.Builder next = last == null || newTree
                    ? new LogTrees.Builder().rid(7).nr(last == null ? 1 : last.nr() + 1)
                    : last.toBuilder();
            newTree = false;
            AllocListHead avail = volume.freshList(fillBlocks).withLow(low);
            LogTrees trees = next.metaAvail(avail)
                    .metaFreed(AllocListHead.EMPTY)
                    .dataAvail(AllocExtentRoot.EMPTY.withLow(true))
                    .getTransSeq(nextSeq())
                    .build();
            stored = trees;
            return trees;
        }
    }

    @Override
    public void commitLogTrees(LogTrees trees) throws FsException {
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new FsException(Errno.ECONNABORTED);
        }
        synchronized (this) {
            calls.add("commit");
            Errno error = commitErrors.poll();
            if (error != null) {
                throw new FsException(error);
            }
            LogTrees open = stored;
            if (open == null || open.getTransSeq() != trees.getTransSeq()) {
                throw new AssertionError(
                        "commit of transaction " + trees.getTransSeq() + " while " + open + " is open");
            }
            if (open.commitTransSeq() == open.getTransSeq()) {
                throw new AssertionError("transaction " + trees.getTransSeq() + " was committed before");
            }
            commits.add(trees);
            stored = trees.toBuilder().commitTransSeq(trees.getTransSeq()).build();
        }
    }

    /** The log trees as a reader of the stable super block sees them. */
    public synchronized LogTrees stable() {
        LogTrees trees = stored;
        if (trees == null) {
            throw new IllegalStateException("no transaction was opened");
        }
        return trees;
    }
}
