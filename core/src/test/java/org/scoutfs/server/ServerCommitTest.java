package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/** Admission, grouping and results of commits. */
class ServerCommitTest {
    /** Lists that lose what holders use and are whole again after a write. */
    private static final class Lists implements ServerCommit.Target {
        volatile ServerCommit.Room room = new ServerCommit.Room(8185, 8185);
        volatile ServerCommit.Room fresh = new ServerCommit.Room(8185, 8185);
        final AtomicInteger writes = new AtomicInteger();
        volatile @Nullable FsException error;
        volatile @Nullable CountDownLatch writing;

        @Override
        public ServerCommit.Room room() {
            return room;
        }

        @Override
        public void write() throws FsException {
            writes.incrementAndGet();
            CountDownLatch hold = writing;
            if (hold != null) {
                try {
                    hold.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            if (error != null) {
                throw error;
            }
            room = fresh;
        }
    }

    private final Lists lists = new Lists();
    private final ServerCommit commit = new ServerCommit(lists, new Counters());
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    @Test
    void oneWriteForAllWhoHeld() throws Exception {
        for (int i = 0; i < 3; i++) {
            commit.hold();
        }
        List<Future<?>> applied = List.of(apply(), apply());
        assertThat(lists.writes.get()).isZero();
        commit.apply();
        for (Future<?> one : applied) {
            one.get();
        }
        assertThat(lists.writes.get()).isEqualTo(1);
    }

    @Test
    void failureGoesToAllWhoWait() throws Exception {
        lists.error = new FsException(Errno.EIO, "no device");
        commit.hold();
        commit.hold();
        Future<?> other = apply();
        assertThatThrownBy(commit::apply).isInstanceOf(FsException.class);
        assertThatThrownBy(other::get).isInstanceOf(ExecutionException.class).hasRootCauseMessage("no device");
        lists.error = null;
        commit.hold();
        commit.apply();
    }

    @Test
    void whoAbandonsDoesNotWait() throws Exception {
        commit.hold();
        commit.abandon();
        assertThat(lists.writes.get()).isZero();
        commit.hold();
        commit.hold();
        Future<?> other = apply();
        awaitBlocked(other);
        commit.abandon();
        other.get();
        assertThat(lists.writes.get()).isEqualTo(1);
    }

    /** Two blocks of budget are kept beyond the holders': for one more and for the commit itself. */
    @Test
    void holdersAreAdmittedByRoom() throws Exception {
        lists.room = new ServerCommit.Room(2000, 1500);
        commit.hold();
        commit.hold();
        Future<?> third = threads.submit(() -> {
            commit.hold();
            return null;
        });
        Future<?> first = apply();
        awaitBlocked(third);
        assertThat(third.isDone()).isFalse();
        commit.apply();
        first.get();
        third.get();
        commit.abandon();
    }

    /** A server starts with empty lists (race R58). */
    @Test
    void emptyListsAreExchangedFirst() throws Exception {
        lists.room = new ServerCommit.Room(0, 8185);
        commit.hold();
        assertThat(lists.writes.get()).isEqualTo(1);
        commit.apply();
        assertThat(lists.writes.get()).isEqualTo(2);
    }

    @Test
    void missingRoomIsReportedInTheEnd() {
        lists.room = new ServerCommit.Room(999, 8185);
        lists.fresh = lists.room;
        assertThatThrownBy(commit::hold)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC));
        lists.room = new ServerCommit.Room(0, 0);
        lists.error = new FsException(Errno.EIO);
        assertThatThrownBy(commit::hold)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
    }

    @Test
    void aloneMeansAlone() throws Exception {
        commit.hold();
        List<String> order = new ArrayList<>();
        Future<?> alone = threads.submit(() -> {
            commit.holdAlone(new ServerCommit.Room(3000, 5000));
            order.add("alone");
            return null;
        });
        awaitBlocked(alone);
        Future<?> later = threads.submit(() -> {
            commit.hold();
            order.add("later");
            return null;
        });
        awaitBlocked(later);
        commit.apply();
        alone.get();
        assertThat(later.isDone()).isFalse();
        commit.apply();
        later.get();
        assertThat(order).containsExactly("alone", "later");
        commit.abandon();
    }

    @Test
    void nobodyHoldsWhileOneWrites() throws Exception {
        lists.writing = new CountDownLatch(1);
        commit.hold();
        Future<?> writer = apply();
        while (lists.writes.get() == 0) {
            Thread.onSpinWait();
        }
        Future<?> next = threads.submit(() -> {
            commit.hold();
            return null;
        });
        assertThat(next.isDone()).isFalse();
        lists.writing.countDown();
        writer.get();
        next.get();
        commit.abandon();
    }

    @Test
    void closingReleasesWaiters() throws Exception {
        commit.hold();
        commit.hold();
        Future<?> waiting = apply();
        awaitBlocked(waiting);
        Future<?> closing = threads.submit(commit::close);
        assertThatThrownBy(waiting::get).isInstanceOf(ExecutionException.class);
        commit.abandon();
        closing.get();
        assertThat(lists.writes.get()).isZero();
        assertThatThrownBy(commit::hold)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOLINK));
    }

    /** Many threads, few commits, and never more holders than the lists carry. */
    @Test
    void manyHoldersShareCommits() throws Exception {
        AtomicInteger holders = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            all.add(threads.submit(() -> {
                commit.hold();
                most.accumulateAndGet(holders.incrementAndGet(), Math::max);
                Thread.yield();
                holders.decrementAndGet();
                commit.apply();
                return null;
            }));
        }
        for (Future<?> one : all) {
            one.get();
        }
        assertThat(most.get()).isLessThanOrEqualTo(15);
        assertThat(lists.writes.get()).isBetween(1, 200);
    }

    private Future<?> apply() {
        return threads.submit(() -> {
            commit.apply();
            return null;
        });
    }

    /** Lets other threads get as far as they can; a thread that has not blocked by then makes no difference to the result. */
    private static void awaitBlocked(Future<?> task) {
        for (int i = 0; i < 1000 && !task.isDone(); i++) {
            Thread.yield();
        }
    }
}
