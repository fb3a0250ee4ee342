package org.scoutfs.trans;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.alloc.TestVolume;
import org.scoutfs.block.Block;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.CacheLimits;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.client.LockService;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BloomBlock;
import org.scoutfs.format.Hashes;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.Magic;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockClient;
import org.scoutfs.lock.LockMode;
import org.scoutfs.lock.LockRange;

/** Holding, committing and failing, with a server and caches that record what they are told. */
class TransactionsTest {
    private static final long TIMEOUT = 10;

    private final TestVolume volume = new TestVolume(1);
    private final TestServer server = new TestServer(volume, 200);
    private final Transactions transactions =
            new Transactions(server, volume.cache, () -> 1L << 20, volume.host, volume.counters);
    private final Caches caches = new Caches();
    private long seenFailures;

    /** Dirty items and data as far as commits care, with failures on demand. */
    private final class Caches implements DirtyItems, DirtyData {
        volatile long dirtyRanges;
        volatile long dirtyBytes;
        volatile @Nullable Errno failStart;
        volatile @Nullable Errno failItems;
        volatile @Nullable Errno failFinish;
        final AtomicInteger itemNr = new AtomicInteger();

        @Override
        public long writeDirty(BtreeWriter logTree) throws FsException {
            server.calls.add("items");
            failItems = fail(failItems);
            long seq = transactions.transSeq();
            logTree.insert(Keys.inode(itemNr.incrementAndGet()), seq, 0, new byte[100]);
            return seq;
        }

        @Override
        public void cleaned() {
            server.calls.add("cleaned");
            dirtyRanges = 0;
            dirtyBytes = 0;
        }

        @Override
        public long dirtyBytes() {
            return dirtyBytes;
        }

        @Override
        public long dirtyRanges() {
            return dirtyRanges;
        }

        @Override
        public void startWriteback() throws FsException {
            server.calls.add("start");
            failStart = fail(failStart);
        }

        @Override
        public void finishWriteback() throws FsException {
            server.calls.add("finish");
            failFinish = fail(failFinish);
        }

        private @Nullable Errno fail(@Nullable Errno errno) throws FsException {
            if (errno != null) {
                failStart = null;
                failItems = null;
                failFinish = null;
                throw new FsException(errno);
            }
            return null;
        }
    }

    private void start() throws FsException {
        transactions.setParticipants(caches, caches);
        transactions.start();
        server.calls.clear();
    }

    private static ConditionFactory eventually() {
        return Awaitility.await().pollInterval(Duration.ofMillis(2)).pollDelay(Duration.ZERO);
    }

    @AfterEach
    void close() {
        transactions.close();
        volume.close();
        assertThat(volume.host.failures()).isEmpty();
    }

    /** Holds for a moment where that is possible. */
    private boolean othersAreKeptOut() throws Exception {
        return async(() -> {
                    Hold held = transactions.tryHold(true);
                    if (held != null) {
                        held.close();
                        throw new IllegalStateException("not yet");
                    }
                })
                .handle((ok, e) -> e == null)
                .get();
    }

    private CompletableFuture<Boolean> async(ThrowingRunnable task) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        volume.host.threads().virtual("test", () -> {
            try {
                task.run();
                done.complete(true);
            } catch (Exception e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    @FunctionalInterface
    private interface ThrowingRunnable {
        void run() throws Exception;
    }

    private static void await(CompletableFuture<Boolean> done) throws Exception {
        assertThat(done.get(TIMEOUT, TimeUnit.SECONDS)).isTrue();
    }

    /** Lets retries come until it is done, but no more time pass than they need: the commit timer is to stay out of it. */
    private void awaitWithTime(CompletableFuture<Boolean> done) throws Exception {
        while (!done.isDone()) {
            if (volume.counters.get("trans_commit_failed").get() > seenFailures) {
                // The thread waits now or is about to; in the latter case the time was lost and passes again below.
                seenFailures++;
                passTimeForRetry(done);
            }
            TimeUnit.MILLISECONDS.sleep(1);
        }
        await(done);
    }

    private void passTimeForRetry(CompletableFuture<Boolean> done) throws InterruptedException {
        int calls = server.calls.size();
        while (!done.isDone() && server.calls.size() == calls) {
            volume.host.advance(CommitLoop.RETRY_DELAY_NANOS);
            for (int i = 0; i < 100 && !done.isDone() && server.calls.size() == calls; i++) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
        }
    }

    @Test
    void nothingCanBeHeldOrSyncedBeforeTheFirstTransaction() throws Exception {
        assertThat(transactions.transSeq()).isZero();
        transactions.sync();
        assertThatThrownBy(() -> transactions.hold(true)).isInstanceOf(FsException.class);
        assertThat(transactions.heldByThisThread()).isFalse();
    }

    @Test
    void holdsNestPerThread() throws Exception {
        start();
        try (Hold outer = transactions.hold(true)) {
            try (Hold inner = transactions.hold(false)) {
                assertThat(inner).isSameAs(outer);
                assertThat(transactions.heldByThisThread()).isTrue();
            }
            assertThat(transactions.heldByThisThread()).isTrue();
            assertThatThrownBy(transactions::sync).isInstanceOf(IllegalStateException.class);
        }
        assertThat(transactions.heldByThisThread()).isFalse();
        assertThatThrownBy(transactions::release).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void commitGoesInOrderAndItsBlocksAreStableBeforeItIsSent() throws Exception {
        start();
        long seq = transactions.transSeq();
        try (Hold hold = transactions.hold(true)) {
            assertThat(hold).isNotNull();
            transactions.logTree().appendSrch(1, 2, 3);
            transactions.logTree().addInodeCount(5);
        }
        transactions.sync();
        assertThat(server.calls).containsExactly("start", "items", "finish", "commit", "cleaned", "get");
        assertThat(transactions.transSeq()).isGreaterThan(seq);
        LogTrees sent = server.commits.getFirst();
        assertThat(sent.maxItemSeq()).isEqualTo(seq);
        assertThat(sent.inodeCountDelta()).isEqualTo(5);
        assertThat(sent.srchFile().entries()).isEqualTo(1);
        assertThat(sent.metaFreed().totalNr()).isPositive();
        try (TestReader fresh = new TestReader()) {
            BtreeItem item = fresh.trees.lookup(sent.itemRoot(), Keys.inode(1));
            assertThat(item).isNotNull();
        }
    }

    /** A cache of its own on the same disk: sees what is stable. */
    private final class TestReader implements AutoCloseable {
        final BlockCache cache = new BlockCache(
                volume.device,
                volume.cache.fsid(),
                TestVolume.TOTAL_META,
                CacheLimits.of(8 << 20),
                new Counters(),
                volume.triggers);
        final BtreeReader trees = new BtreeReader(cache);

        @Override
        public void close() {
            cache.close();
        }
    }

    @Test
    void commitWaitsForHoldersAndKeepsNewOnesOutUntilTheNextTransactionIsOpen() throws Exception {
        start();
        long seq = transactions.transSeq();
        CountDownLatch gate = new CountDownLatch(1);
        server.holdCommits(gate);
        transactions.hold(true);
        CompletableFuture<Boolean> sync = async(transactions::sync);
        eventually().until(this::othersAreKeptOut);
        CompletableFuture<Boolean> late = async(() -> {
            try (Hold hold = transactions.hold(true)) {
                assertThat(hold).isNotNull();
                assertThat(transactions.transSeq()).isGreaterThan(seq);
            }
        });
        // this thread is in and may nest
        transactions.hold(true);
        transactions.release();
        assertThat(transactions.transSeq()).isEqualTo(seq);
        assertThat(server.calls).isEmpty();
        transactions.release();
        eventually().until(() -> server.calls.contains("finish"));
        assertThat(late).isNotDone();
        gate.countDown();
        await(sync);
        await(late);
    }

    @Test
    void oneCommitServesAllWhoWaitForIt() throws Exception {
        start();
        CountDownLatch gate = new CountDownLatch(1);
        server.holdCommits(gate);
        CompletableFuture<Boolean> first = async(transactions::sync);
        eventually().until(() -> server.calls.contains("finish"));
        CompletableFuture<Boolean> second = async(transactions::sync);
        CompletableFuture<Boolean> third = async(() -> transactions.commitAndWait(transactions.transSeq()));
        eventually().until(() -> volume.counters.get("trans_commit_fsync").get() == 2);
        gate.countDown();
        await(first);
        await(second);
        await(third);
        assertThat(server.commits.size()).isLessThanOrEqualTo(2);
        transactions.commitAndWait(1);
        assertThat(server.commits.size()).isLessThanOrEqualTo(2);
    }

    @Test
    void eachFailureRepeatsTheCommitButItemsAreWrittenOnce() throws Exception {
        start();
        caches.failStart = Errno.EIO;
        awaitWithTime(async(transactions::sync));
        assertThat(server.calls).containsExactly("start", "start", "items", "finish", "commit", "cleaned", "get");

        server.calls.clear();
        caches.failItems = Errno.ENOSPC;
        awaitWithTime(async(transactions::sync));
        assertThat(server.calls)
                .containsExactly("start", "items", "start", "items", "finish", "commit", "cleaned", "get");

        server.calls.clear();
        caches.failFinish = Errno.EIO;
        awaitWithTime(async(transactions::sync));
        assertThat(server.calls)
                .containsExactly("start", "items", "finish", "start", "finish", "commit", "cleaned", "get");

        server.calls.clear();
        server.failCommits(Errno.EIO, Errno.EIO);
        awaitWithTime(async(transactions::sync));
        assertThat(server.calls)
                .containsExactly(
                        "start", "items", "finish", "commit", "start", "finish", "commit", "start", "finish", "commit",
                        "cleaned", "get");
        assertThat(server.commits).hasSize(4);
    }

    /** R46: a transaction that was committed is not sent again because the next one could not be opened. */
    @Test
    void failureToOpenTheNextTransactionRepeatsOnlyThat() throws Exception {
        start();
        server.failGets(Errno.ENOSPC, Errno.EIO);
        CompletableFuture<Boolean> sync = async(transactions::sync);
        awaitWithTime(sync);
        assertThat(server.calls).containsExactly("start", "items", "finish", "commit", "cleaned", "get", "get", "get");
    }

    @Test
    void timerCommitsIdleMountsAndIsArmedAgain() throws Exception {
        start();
        for (int i = 0; i < 3; i++) {
            int before = server.commits.size();
            volume.host.advance(CommitLoop.SYNC_DELAY_NANOS);
            eventually().until(() -> server.commits.size() > before);
            // the timer is armed when the commit has ended
            await(async(transactions::sync));
        }
        assertThat(volume.counters.get("trans_commit_timer").get()).isEqualTo(3);
    }

    @Test
    void lowVolumeRefusesAllocatingHoldsOnly() throws Exception {
        server.setLow(true);
        start();
        assertThatThrownBy(() -> transactions.hold(true))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC));
        assertThat(transactions.heldByThisThread()).isFalse();
        transactions.hold(false).close();
    }

    @Test
    void holdsCommitFirstWhenDirtyItemsMayNotFit() throws Exception {
        start();
        long seq = transactions.transSeq();
        caches.dirtyRanges = 90;
        caches.dirtyBytes = 90 * 1024;
        transactions.hold(true).close();
        assertThat(transactions.transSeq()).isEqualTo(seq);
        caches.dirtyRanges = 5000;
        caches.dirtyBytes = 5000 * 4096L;
        assertThat(transactions.tryHold(true)).isNull();
        transactions.hold(true).close();
        assertThat(transactions.transSeq()).isGreaterThan(seq);
        assertThat(volume.counters.get("trans_commit_dirty_meta_full").get()).isPositive();
    }

    @Test
    void forcedUnmountEndsAllWaitingWithoutCommit() throws Exception {
        start();
        List<Errno> seen = new CopyOnWriteArrayList<>();
        server.failCommits(Errno.EIO, Errno.EIO, Errno.EIO);
        CompletableFuture<Boolean> sync = async(() -> {
            try {
                transactions.sync();
            } catch (FsException e) {
                seen.add(e.errno());
            }
        });
        eventually().until(() -> server.calls.contains("commit"));
        CompletableFuture<Boolean> hold = async(() -> {
            try {
                transactions.hold(true);
            } catch (FsException e) {
                seen.add(e.errno());
            }
        });
        transactions.forceUnmount();
        await(sync);
        await(hold);
        assertThat(seen).containsExactly(Errno.ENOLINK, Errno.ENOLINK);
        transactions.commitAndWait(transactions.transSeq());
        transactions.close();
        assertThat(server.commits).isEmpty();
    }

    @Test
    void closingCommitsOnceMoreAndOpensTheNext() throws Exception {
        start();
        transactions.close();
        assertThat(server.calls).containsExactly("start", "items", "finish", "commit", "cleaned", "get");
        assertThatThrownBy(transactions::sync).isInstanceOf(FsException.class);
        transactions.requestCommit();
    }

    @Test
    void bloomBitsAreSetOncePerLogTree() throws Exception {
        start();
        ClusterLock lock = grantedLock(LockRange.inodeGroup(4096));
        for (int i = 0; i < 2; i++) {
            try (Hold hold = transactions.hold(true)) {
                assertThat(hold).isNotNull();
                transactions.logTree().coverRange(lock);
            }
            transactions.sync();
        }
        LogTrees first = server.commits.get(0);
        assertThat(server.commits.get(1).bloomRef()).isEqualTo(first.bloomRef());
        assertBloom(first, lock);

        server.finalizeTree();
        transactions.sync();
        try (Hold hold = transactions.hold(true)) {
            assertThat(hold).isNotNull();
            transactions.logTree().coverRange(lock);
        }
        transactions.sync();
        LogTrees second = server.commits.getLast();
        assertThat(second.nr()).isEqualTo(2);
        assertThat(second.bloomRef()).isNotEqualTo(first.bloomRef());
        assertBloom(second, lock);
    }

    private void assertBloom(LogTrees trees, ClusterLock lock) throws FsException {
        try (Block bloom = volume.cache.read(trees.bloomRef(), Magic.BLOOM)) {
            int[] bits = Hashes.bloomBits(lock.range().start());
            assertThat(BloomBlock.contains(bloom.data(), 0, bits)).isTrue();
            assertThat(BloomBlock.totalSet(bloom.data(), 0)).isEqualTo(bits.length);
        }
    }

    private ClusterLock grantedLock(LockRange range) throws FsException {
        LockClient[] client = new LockClient[1];
        LockService granting = request ->
                client[0].messages().granted(new LockMessage(request.key(), 1, request.oldMode(), request.newMode()));
        client[0] = new LockClient(granting, volume.host, new Counters(), 100);
        return client[0].lock(range, LockMode.WRITE);
    }
}
