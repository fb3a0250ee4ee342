package org.scoutfs.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.wire.LockMessage;

/** What waits for what, and what does not: commits, interrupts, the shutdown of an unmount. */
class LockWaitsTest {
    private static final LockRange RANGE = LockRange.inodeGroup(5000);

    private final ScriptedLockServer server = new ScriptedLockServer(1000);
    private final LockClient client = server.client;
    private final RecordingTransactions transactions = new RecordingTransactions();
    private final List<String> dropped = new CopyOnWriteArrayList<>();

    LockWaitsTest() {
        client.setTransactions(transactions);
        client.setInvalidator((lock, from, to) -> dropped.add(from + ">" + to));
    }

    private static ConditionFactory eventually() {
        return Awaitility.await().pollInterval(Duration.ofMillis(2)).pollDelay(Duration.ZERO);
    }

    @AfterEach
    void close() {
        server.close();
        assertThat(server.host.failures()).isEmpty();
    }

    private static void assertAnswered(CompletableFuture<Integer> answer) throws Exception {
        assertThat(answer.get(ScriptedLockServer.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isEqualTo(1);
    }

    private ClusterLock granted(LockMode mode, long writeSeq) throws Exception {
        ScriptedLockServer.Holder holder = server.lock(RANGE, mode);
        server.grantNext(writeSeq);
        ClusterLock lock = holder.await();
        holder.unlock();
        return lock;
    }

    @Test
    void afterShutdownInvalidationsAreAnsweredWithoutTouchingCaches() throws Exception {
        ClusterLock lock = granted(LockMode.WRITE, 1);
        transactions.seq = 11;
        ScriptedLockServer.Holder waiting = server.lock(LockRange.orphans(), LockMode.WRITE_ONLY);
        server.request();
        client.shutdown();
        assertThatThrownBy(waiting::await).hasCauseInstanceOf(FsException.class);
        assertThatThrownBy(() -> client.lock(RANGE, LockMode.WRITE)).isInstanceOf(FsException.class);
        assertThat(client.messages().recover(Key.ZERO, 22)).hasSize(1);
        assertAnswered(server.invalidate(RANGE, LockMode.WRITE, LockMode.NULL));
        assertThat(lock.mode()).isEqualTo(LockMode.NULL);
        assertThat(dropped).isEmpty();
        assertThat(transactions.commits).isEmpty();
    }

    /** R106: the last commit of an unmount comes after the shutdown; nobody may have the lock before it. */
    @Test
    void afterShutdownALockThatCoversChangesIsNotGivenUpBeforeTheyAreCommitted() throws Exception {
        granted(LockMode.WRITE, 1);
        transactions.mayFinish = new CountDownLatch(1);
        client.shutdown();
        CompletableFuture<Integer> answered = server.invalidate(RANGE, LockMode.WRITE, LockMode.READ);
        eventually().until(() -> transactions.commits.size() == 1);
        assertThat(answered).isNotDone();
        transactions.mayFinish.countDown();
        assertAnswered(answered);
        assertThat(dropped).isEmpty();
    }

    /** R79: invalidations that wait for a commit occupy nothing that the commit, or anybody else, needs. */
    @Test
    void manyInvalidationsThatWaitForACommitHoldUpNothingElse() throws Exception {
        List<LockRange> ranges = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            LockRange range = LockRange.inodeGroup(1024L * (10 + i));
            ScriptedLockServer.Holder holder = server.lock(range, LockMode.WRITE);
            server.grantNext(1 + i);
            holder.unlock();
            ranges.add(range);
        }
        transactions.mayFinish = new CountDownLatch(1);
        List<CompletableFuture<Integer>> answers = new ArrayList<>();
        for (LockRange range : ranges) {
            answers.add(server.invalidate(range, LockMode.WRITE, LockMode.NULL));
        }
        eventually().until(() -> transactions.commits.size() == ranges.size());
        // Messages are still taken from the network and done, and locks granted.
        assertThat(client.messages().recover(Key.ZERO, 22)).hasSize(22);
        ScriptedLockServer.Holder other = server.lock(LockRange.orphans(), LockMode.WRITE_ONLY);
        server.grantNext(500);
        other.await();
        other.unlock();
        assertThat(answers).noneMatch(CompletableFuture::isDone);
        transactions.mayFinish.countDown();
        for (CompletableFuture<Integer> answer : answers) {
            assertAnswered(answer);
        }
    }

    /** R92: only the wait for the root inode at mount ends when its thread is interrupted; half-done deletions would be left otherwise. */
    @Test
    void otherWaitsAreNotInterrupted() throws Exception {
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        Thread waiting = server.host.threads().virtual("deletion", () -> {
            try {
                client.lock(RANGE, LockMode.WRITE).unlock(LockMode.WRITE);
                result.complete(Thread.currentThread().isInterrupted());
            } catch (FsException e) {
                result.completeExceptionally(e);
            }
        });
        LockMessage request = server.request();
        waiting.interrupt();
        assertThat(result).isNotDone();
        server.grant(request, 1);
        assertThat(result.get(10, java.util.concurrent.TimeUnit.SECONDS))
                .as("still interrupted")
                .isTrue();
    }

    @Test
    void waitForTheRootCanBeInterrupted() throws Exception {
        CompletableFuture<Errno> errno = new CompletableFuture<>();
        Thread waiter = server.host.threads().virtual("mount", () -> {
            try {
                client.lockInterruptibly(LockRange.inodeGroup(1), LockMode.READ);
            } catch (FsException e) {
                errno.complete(e.errno());
            }
        });
        server.request();
        waiter.interrupt();
        assertThat(errno.get(ScriptedLockServer.TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .isEqualTo(Errno.EINTR);
    }
}
