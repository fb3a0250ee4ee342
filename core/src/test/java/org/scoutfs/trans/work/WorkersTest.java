package org.scoutfs.trans.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.alloc.TestVolume;
import org.scoutfs.block.TestAllocator;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.btree.ItemList;
import org.scoutfs.client.LogMergeService;
import org.scoutfs.client.SrchCompactService;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeBlock;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.SrchFile;

/** Asking for work, doing it, answering, and pausing. */
class WorkersTest {
    private final TestVolume volume = new TestVolume(1);
    private final TestAllocator alloc = new TestAllocator(200_000);

    @AfterEach
    void close() {
        volume.close();
        assertThat(volume.host.failures()).isEmpty();
    }

    private static ConditionFactory eventually() {
        return Awaitility.await().pollInterval(Duration.ofMillis(2)).pollDelay(Duration.ZERO);
    }

    /** Hands out what a test has put in, and fails answers as often as it wants. */
    private static final class MergeServer implements LogMergeService {
        final Queue<LogMergeRequest> requests = new ArrayDeque<>();
        final List<LogMergeComplete> answers = new CopyOnWriteArrayList<>();
        final Queue<Errno> refusals = new ArrayDeque<>();
        final AtomicInteger asked = new AtomicInteger();

        @Override
        public synchronized @Nullable LogMergeRequest getLogMerge() {
            asked.incrementAndGet();
            return requests.poll();
        }

        @Override
        public synchronized void commitLogMerge(LogMergeComplete complete) throws FsException {
            answers.add(complete);
            Errno errno = refusals.poll();
            if (errno != null) {
                throw new FsException(errno);
            }
        }
    }

    private BtreeRoot tree(BtreeItem... items) throws FsException {
        BtreeWriter tree = new BtreeWriter(volume.cache, alloc, volume.writer, BtreeRoot.EMPTY);
        tree.insertList(ItemList.of(List.of(items)));
        return tree.root();
    }

    private BtreeItem logItem(long rid, long finalizeSeq, BtreeRoot items) {
        LogTrees log = new LogTrees.Builder()
                .rid(rid)
                .nr(1)
                .finalizeSeq(finalizeSeq)
                .flags(finalizeSeq == 0 ? 0 : LogTrees.FLAG_FINALIZED)
                .itemRoot(items)
                .build();
        byte[] value = new byte[LogTrees.SIZE];
        log.write(MemorySegment.ofArray(value), 0);
        return new BtreeItem(log.key(), 0, 0, value);
    }

    private static BtreeItem item(long ino, long seq, int value) {
        return new BtreeItem(Keys.inode(ino), seq, 0, new byte[] {(byte) value});
    }

    private LogMergeRequest request(BtreeRoot root, BtreeRoot logs) throws FsException {
        AllocListHead avail = volume.freshList(LogMergeRequest.FILL_BLOCKS);
        return new LogMergeRequest(avail, AllocListHead.EMPTY, logs, root, Key.ZERO, Key.MAX, 40, 7, 41, 0);
    }

    private LogMergeWorker mergeWorker(LogMergeService server) {
        return new LogMergeWorker(server, volume.cache, volume.host, volume.counters, volume.triggers);
    }

    @Test
    void mergesWhatWasFinalizedBeforeTheMergeBegan() throws Exception {
        BtreeRoot root = tree(item(1, 5, 1), item(2, 5, 2), item(3, 5, 3));
        BtreeItem deletion = new BtreeItem(Keys.inode(2), 20, BtreeBlock.ITEM_FLAG_DELETION, new byte[0]);
        BtreeRoot logs = tree(
                logItem(1, 30, tree(item(1, 20, 11), deletion)),
                logItem(2, 0, tree(item(3, 50, 33))),
                logItem(3, 45, tree(item(3, 44, 34))),
                logItem(4, 31, tree(item(4, 21, 4))),
                logItem(5, 32, BtreeRoot.EMPTY));
        volume.cache.writeAll(volume.writer);
        LogMergeRequest request = request(root, logs);

        LogMergeComplete complete = mergeWorker(new MergeServer()).merge(request);
        assertThat(complete.flags()).isZero();
        assertThat(complete.rid()).isEqualTo(7);
        assertThat(complete.seq()).isEqualTo(41);
        assertThat(complete.remain()).isEqualTo(complete.end()).isEqualTo(Key.MAX);
        assertThat(complete.metaAvail().totalNr()).isLessThan(LogMergeRequest.FILL_BLOCKS);
        assertThat(complete.metaFreed().totalNr()).isPositive();
        List<String> merged = new ArrayList<>();
        new BtreeReader(volume.cache)
                .forEach(complete.root(), Key.ZERO, Key.MAX, (key, seq, flags, block, offset, length) -> {
                    merged.add(key.first() + "=" + block.get(ValueLayout.JAVA_BYTE, offset) + "@" + seq);
                    return true;
                });
        assertThat(merged).containsExactly("1=11@20", "3=3@5", "4=4@21");
    }

    @Test
    void stopsBetweenLeavesWhenToldToAndSaysWhatRemains() throws Exception {
        volume.triggers.arm("log_merge_force_partial");
        BtreeItem[] many = new BtreeItem[3000];
        for (int i = 0; i < many.length; i++) {
            many[i] = item(i, 20, i);
        }
        BtreeRoot root = tree(many);
        BtreeRoot logs = tree(logItem(1, 30, tree(many)));
        volume.cache.writeAll(volume.writer);
        LogMergeComplete complete = mergeWorker(new MergeServer()).merge(request(root, logs));
        assertThat(complete.hasRemain()).isTrue();
        assertThat(complete.remain()).isGreaterThan(Key.ZERO).isLessThan(Key.MAX);
    }

    @Test
    void failureIsAnswered() throws Exception {
        BtreeRoot broken = new BtreeRoot(new BlockReference(5, 5), 1);
        LogMergeRequest request = request(broken, tree(logItem(1, 30, tree(item(1, 20, 1)))));
        volume.cache.writeAll(volume.writer);
        LogMergeComplete complete = mergeWorker(new MergeServer()).merge(request);
        assertThat(complete.isError()).isTrue();
        assertThat(complete.metaAvail()).isEqualTo(request.metaAvail());
        assertThat(complete.metaFreed()).isEqualTo(request.metaFreed());
    }

    /** First after 5 seconds, at once after work, an answer until it is taken or known, 5 seconds after there was none. */
    @Test
    void asksAndAnswersInTime() throws Exception {
        MergeServer server = new MergeServer();
        BtreeRoot logs = tree(logItem(1, 30, tree(item(1, 20, 1))));
        volume.cache.writeAll(volume.writer);
        server.requests.add(request(BtreeRoot.EMPTY, logs));
        server.requests.add(request(BtreeRoot.EMPTY, logs));
        server.refusals.addAll(List.of(Errno.EIO, Errno.ENOENT));
        try (LogMergeWorker worker = mergeWorker(server)) {
            worker.start();
            assertThat(server.asked.get()).isZero();
            passTimeUntil(() -> server.answers.size() == 3);
            assertThat(server.answers.get(1)).isEqualTo(server.answers.get(0));
            eventually().until(() -> server.asked.get() >= 3);
            int asked = server.asked.get();
            passTimeUntil(() -> server.asked.get() > asked);
        }
        assertThatNothingIsAskedAnyMore(server.asked);
    }

    private void passTimeUntil(Callable<Boolean> condition) {
        eventually().until(() -> {
            volume.host.advance(500_000_000);
            return condition.call();
        });
    }

    private void assertThatNothingIsAskedAnyMore(AtomicInteger asked) {
        int before = asked.get();
        volume.host.advance(60_000_000_000L);
        assertThat(asked.get()).isEqualTo(before);
    }

    @Test
    void srchWorkIsAnsweredWithErrorsAndThePauseCanBeChanged() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        List<SrchCompact> answers = new CopyOnWriteArrayList<>();
        // no inputs of any known kind: cannot be done
        SrchCompact impossible =
                new SrchCompact(volume.freshList(50), AllocListHead.EMPTY, 5, 1, 0, SrchFile.EMPTY, List.of());
        SrchCompactService server = new SrchCompactService() {
            @Override
            public @Nullable SrchCompact srchGetCompact() {
                return asked.incrementAndGet() == 1 ? impossible : null;
            }

            @Override
            public void srchCommitCompact(SrchCompact answer) {
                answers.add(answer);
            }
        };
        try (SrchCompactWorker worker =
                new SrchCompactWorker(server, volume.cache, volume.host, volume.counters, volume.triggers)) {
            worker.setDelayMs(60_000);
            assertThatThrownBy(() -> worker.setDelayMs(999)).isInstanceOf(IllegalArgumentException.class);
            worker.start();
            passTimeUntil(() -> answers.size() == 1);
            assertThat(answers.getFirst().has(SrchCompact.FLAG_ERROR)).isTrue();
            eventually().until(() -> {
                worker.setDelayMs(1000);
                return asked.get() >= 3;
            });
        }
        assertThatNothingIsAskedAnyMore(asked);
    }
}
