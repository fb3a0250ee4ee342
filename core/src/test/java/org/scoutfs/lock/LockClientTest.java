package org.scoutfs.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.wire.LockMessage;

/** The states of one lock against a server that sends what the test wants, in the order it wants. */
class LockClientTest {
    private static final LockRange RANGE = LockRange.inodeGroup(5000);

    private final ScriptedLockServer server = new ScriptedLockServer(1000);
    private final LockClient client = server.client;
    private final RecordingTransactions transactions = new RecordingTransactions();
    private final List<String> dropped = new CopyOnWriteArrayList<>();

    LockClientTest() {
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
    void asksOnceAndThenUsesTheGrantWithoutMessages() throws Exception {
        ScriptedLockServer.Holder holder = server.lock(RANGE, LockMode.WRITE);
        LockMessage request = server.request();
        assertThat(request).isEqualTo(new LockMessage(RANGE.start(), 0, 0, 2));
        server.grant(request, 77);
        ClusterLock lock = holder.await();
        assertThat(lock.mode()).isEqualTo(LockMode.WRITE);
        assertThat(lock.writeSeq()).isEqualTo(77);

        ClusterLock again = client.lockInode(5001, LockMode.READ);
        assertThat(again).isSameAs(lock);
        assertThat(client.tryLock(RANGE, LockMode.WRITE)).isSameAs(lock);
        assertThat(client.tryLockInode(5100, LockMode.WRITE_ONLY)).isNull();
        assertThat(server.requests).isEmpty();
        again.unlock(LockMode.READ);
        lock.unlock(LockMode.WRITE);
        holder.unlock();
        assertThatThrownBy(() -> lock.unlock(LockMode.WRITE)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void indexAndConstantRangesShareTheFastPath() throws Exception {
        for (LockRange range :
                List.of(LockRange.index(4, 2048), LockRange.orphans(), LockRange.totl(), LockRange.rename())) {
            ScriptedLockServer.Holder holder = server.lock(range, LockMode.WRITE_ONLY);
            server.grantNext(5);
            assertThat(holder.await().refreshGeneration()).isZero();
            ClusterLock again = client.lock(range, LockMode.WRITE_ONLY);
            assertThat(again).isSameAs(holder.await());
            again.unlock(LockMode.WRITE_ONLY);
        }
        ClusterLock index = client.lockIndex(4, 3000, LockMode.WRITE_ONLY);
        assertThat(index.range()).isEqualTo(LockRange.index(4, 2048));
        assertThat(server.requests).isEmpty();
        index.unlock(LockMode.WRITE_ONLY);
    }

    @Test
    void invalidationWaitsForUsersAndCommitsWhatTheyChanged() throws Exception {
        ScriptedLockServer.Holder writer = server.lock(RANGE, LockMode.WRITE);
        server.grantNext(1);
        ClusterLock lock = writer.await();
        CompletableFuture<Integer> answer = server.invalidate(RANGE, LockMode.WRITE, LockMode.NULL);
        assertThat(answer).isNotDone();
        assertThat(lock.mode()).isEqualTo(LockMode.WRITE);
        writer.unlock();
        assertAnswered(answer);
        assertThat(transactions.commits).containsExactly(10L);
        assertThat(dropped).containsExactly("WRITE>NULL");
        assertThat(lock.mode()).isEqualTo(LockMode.NULL);
        assertThat(lock.refreshGeneration()).isZero();
        eventually().until(() -> client.lockCount() == 0);
    }

    @Test
    void changesOfAnOlderTransactionAreCommittedAlready() throws Exception {
        granted(LockMode.WRITE, 1);
        transactions.seq = 11;
        assertAnswered(server.invalidate(RANGE, LockMode.WRITE, LockMode.NULL));
        assertThat(transactions.commits).isEmpty();
    }

    @Test
    void writeToReadKeepsReadersAndTheReadablePeriod() throws Exception {
        ScriptedLockServer.Holder writer = server.lock(RANGE, LockMode.WRITE);
        server.grantNext(1);
        ClusterLock lock = writer.await();
        ScriptedLockServer.Holder reader = server.lock(RANGE, LockMode.READ);
        assertThat(reader.await()).isSameAs(lock);
        long generation = lock.refreshGeneration();
        assertThat(generation).isPositive();

        CompletableFuture<Integer> answer = server.invalidate(RANGE, LockMode.WRITE, LockMode.READ);
        writer.unlock();
        assertAnswered(answer);
        assertThat(lock.mode()).isEqualTo(LockMode.READ);
        assertThat(lock.refreshGeneration()).isEqualTo(generation);
        assertThat(lock.writeSeq()).isZero();
        reader.unlock();

        assertAnswered(server.invalidate(RANGE, LockMode.READ, LockMode.NULL));
        ScriptedLockServer.Holder later = server.lock(RANGE, LockMode.READ);
        server.grantNext(0);
        assertThat(later.await().refreshGeneration()).isGreaterThan(generation);
    }

    /** R71, R91: whoever waited has the lock although the invalidation came before it ran. */
    @Test
    void grantIsHandedOverBeforeTheInvalidationBehindIt() throws Exception {
        ScriptedLockServer.Holder first = server.lock(RANGE, LockMode.WRITE);
        ScriptedLockServer.Holder second = server.lock(RANGE, LockMode.READ);
        LockMessage request = server.request();
        eventually().until(() -> server.counters.get("lock_wait").get() == 2);
        server.grant(request, 3);
        CompletableFuture<Integer> answer = server.invalidate(RANGE, LockMode.of(request.newMode()), LockMode.NULL);
        if (request.newMode() == LockMode.WRITE.number()) {
            second.await();
            second.unlock();
            assertThat(answer).isNotDone();
            first.await();
            first.unlock();
            assertAnswered(answer);
        } else {
            second.await();
            assertThat(answer).isNotDone();
            second.unlock();
            assertAnswered(answer);
            // the writer asks after the invalidation, and only once
            server.grantNext(4);
            first.await();
        }
        assertThat(server.requests).isEmpty();
    }

    /** New users wait for the invalidation and then ask again; a thread that is in already may go in again. */
    @Test
    void invalidationIsNotStarvedByNewUsersAndDoesNotBlockNestedOnes() throws Exception {
        ScriptedLockServer.Holder user = server.lock(RANGE, LockMode.WRITE);
        server.grantNext(1);
        user.await();
        CompletableFuture<Integer> answer = server.invalidate(RANGE, LockMode.WRITE, LockMode.NULL);
        eventually().until(() -> client.tryLock(RANGE, LockMode.READ) == null);
        ScriptedLockServer.Holder late = server.lock(RANGE, LockMode.WRITE);
        eventually().until(() -> server.counters.get("lock_wait").get() == 2);

        user.call(() -> {
            client.lock(RANGE, LockMode.WRITE).unlock(LockMode.WRITE);
            ClusterLock nested = client.tryLock(RANGE, LockMode.READ);
            assertThat(nested).isNotNull();
            if (nested != null) {
                nested.unlock(LockMode.READ);
            }
            return true;
        });
        assertThat(late.hasLock()).isFalse();
        assertThat(server.requests).isEmpty();
        user.unlock();
        assertAnswered(answer);
        server.grantNext(2);
        late.await();
    }

    /** R72 */
    @Test
    void invalidationThatComesWhileAnotherRunsIsExecutedAfterIt() throws Exception {
        granted(LockMode.WRITE, 1);
        transactions.mayFinish = new CountDownLatch(1);
        CompletableFuture<Integer> toRead = server.invalidate(RANGE, LockMode.WRITE, LockMode.READ);
        eventually().until(() -> transactions.commits.size() == 1);
        CompletableFuture<Integer> toNull = server.invalidate(RANGE, LockMode.READ, LockMode.NULL);
        assertThat(toRead).isNotDone();
        transactions.mayFinish.countDown();
        assertAnswered(toRead);
        assertAnswered(toNull);
        assertThat(dropped).containsExactly("WRITE>READ", "READ>NULL");
    }

    /** R73 */
    @Test
    void invalidationOfAnUnknownLockIsAnsweredAtOnce() throws Exception {
        assertThat(server.invalidate(RANGE, LockMode.WRITE, LockMode.NULL)).isCompleted();
        assertThat(client.lockCount()).isZero();
    }

    /** R74 */
    @Test
    void recoveryReportsTheModeBeforeARunningInvalidation() throws Exception {
        granted(LockMode.WRITE, 9);
        transactions.mayFinish = new CountDownLatch(1);
        CompletableFuture<Integer> answer = server.invalidate(RANGE, LockMode.WRITE, LockMode.NULL);
        eventually().until(() -> transactions.commits.size() == 1);
        LockMessage held = new LockMessage(RANGE.start(), 9, LockMode.WRITE.number(), LockMode.WRITE.number());
        assertThat(client.messages().recover(Key.ZERO, 22)).containsExactly(held);
        transactions.mayFinish.countDown();
        assertAnswered(answer);
        eventually().until(() -> client.messages().recover(Key.ZERO, 22).isEmpty());
    }

    @Test
    void recoveryListsLocksAscendingInBatchesAndLeavesOutWaitingOnes() throws Exception {
        List<Key> keys = new ArrayList<>();
        for (int i = 30; i > 0; i--) {
            ScriptedLockServer.Holder holder = server.lock(LockRange.inodeGroup(i * 1024L), LockMode.READ);
            server.grantNext(0);
            keys.addFirst(holder.await().range().start());
        }
        server.lock(LockRange.inodeGroup(5 * 1024 * 1024), LockMode.READ);
        server.request();
        List<LockMessage> batch = client.messages().recover(Key.ZERO, 22);
        assertThat(batch.stream().map(LockMessage::key)).containsExactlyElementsOf(keys.subList(0, 22));
        batch = client.messages().recover(batch.getLast().key().increment(), 22);
        assertThat(batch.stream().map(LockMessage::key)).containsExactlyElementsOf(keys.subList(22, 30));
        assertThat(client.messages().recover(batch.getLast().key().increment(), 22))
                .isEmpty();
    }

    /** R75 */
    @Test
    void repeatedInvalidationIsExecutedAgainAndNeverRaisesTheMode() throws Exception {
        ScriptedLockServer.Holder other = server.lock(RANGE, LockMode.READ);
        server.grantNext(0);
        other.await();
        other.unlock();
        assertAnswered(server.invalidate(RANGE, LockMode.WRITE, LockMode.READ));
        assertAnswered(server.invalidate(RANGE, LockMode.WRITE, LockMode.READ));
        assertAnswered(server.invalidate(RANGE, LockMode.READ, LockMode.NULL));
        assertAnswered(server.invalidate(RANGE, LockMode.WRITE, LockMode.READ));
        assertThat(client.tryLock(RANGE, LockMode.READ)).isNull();
        assertThat(transactions.commits).isEmpty();
    }

    /** An invalidation must be executed while an own request is pending: the grant comes only after its answer. */
    @Test
    void invalidationAndOwnRequestMayCross() throws Exception {
        granted(LockMode.READ, 0);
        ScriptedLockServer.Holder writer = server.lock(RANGE, LockMode.WRITE);
        LockMessage request = server.request();
        assertThat(request.oldMode()).isEqualTo(LockMode.READ.number());
        assertAnswered(server.invalidate(RANGE, LockMode.READ, LockMode.NULL));
        assertThat(writer.hasLock()).isFalse();
        server.grant(request, 4);
        assertThat(writer.await().mode()).isEqualTo(LockMode.WRITE);
        assertThat(server.requests).isEmpty();
    }

    /** R80 */
    @Test
    void lockWantedWhileHoldingTheTransactionIsRefused() {
        transactions.held = true;
        assertThatThrownBy(() -> client.lock(RANGE, LockMode.READ))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EDEADLK));
        assertThat(server.requests).isEmpty();
        transactions.held = false;
    }

    @Test
    void failedSubmissionAndForcedUnmountReachTheWaiter() throws Exception {
        server.refuse = Errno.ENOLINK;
        assertThatThrownBy(() -> client.lock(RANGE, LockMode.READ))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOLINK));
        server.refuse = null;
        ScriptedLockServer.Holder holder = server.lock(RANGE, LockMode.READ);
        client.messages().requestFailed(server.request(), new FsException(Errno.ECONNABORTED));
        assertThatThrownBy(holder::await).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(FsException.class);
    }

    /** R94 */
    @Test
    void grantThatNobodyAskedForIsRefused() throws Exception {
        LockMessage grant = new LockMessage(RANGE.start(), 0, 0, 1);
        assertThatThrownBy(() -> client.messages().granted(grant)).isInstanceOf(FsException.class);
        granted(LockMode.READ, 0);
        assertThatThrownBy(() -> client.messages().granted(grant)).isInstanceOf(FsException.class);
        assertThatThrownBy(() -> client.messages().granted(new LockMessage(RANGE.start(), 0, 0, 7)))
                .isInstanceOf(FsException.class);
    }

    /** R78: one comes, one goes, the one unused for longest. */
    @Test
    void idleLocksAboveTheLimitGoBackOneAtATime() throws Exception {
        client.setIdleCount(3);
        List<ClusterLock> locks = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            ScriptedLockServer.Holder holder = server.lock(LockRange.inodeGroup(i * 1024L), LockMode.READ);
            server.grantNext(0);
            locks.add(holder.await());
            holder.unlock();
        }
        locks.forEach(ClusterLock::wasAccessed);
        client.lockInode(1024, LockMode.READ).unlock(LockMode.READ);

        ScriptedLockServer.Holder fourth = server.lock(LockRange.inodeGroup(4096), LockMode.READ);
        LockMessage giveBack = server.request();
        assertThat(giveBack.key()).isEqualTo(locks.get(1).range().start());
        assertThat(giveBack.newMode()).isEqualTo(LockMode.NULL.number());
        server.grantNext(0);
        fourth.await();
        assertThat(server.requests).isEmpty();

        assertAnswered(server.invalidate(locks.get(1).range(), LockMode.READ, LockMode.NULL));
        server.grant(giveBack, 0);
        eventually().until(() -> client.lockCount() == 3);
    }
}
