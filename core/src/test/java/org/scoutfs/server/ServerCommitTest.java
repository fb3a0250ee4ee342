package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.counter.Counters;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.HostClock;
import org.scoutfs.host.Simulation;
import org.scoutfs.host.TestHost;

/** Admission, grouping and results of commits. */
class ServerCommitTest {
    private static final long WRITE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final long seed = Seeds.next("ServerCommitTest");
    private final Simulation simulation = new Simulation(seed);
    private final TestHost host = simulation.host(1);
    private final Lists lists = new Lists(host.clock());
    private final ServerCommit commit = new ServerCommit(lists, new Counters());

    /** Lists that lose what holders use and are whole again after a write, which takes a while. */
    private static final class Lists implements ServerCommit.Target {
        private final HostClock clock;
        ServerCommit.Room room = new ServerCommit.Room(8185, 8185);
        ServerCommit.Room fresh = room;
        int writes;

        @Nullable
        FsException error;

        Lists(HostClock clock) {
            this.clock = clock;
        }

        @Override
        public ServerCommit.Room room() {
            return room;
        }

        @Override
        public void write() throws FsException {
            writes++;
            try {
                clock.sleep(WRITE_NANOS);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            if (error != null) {
                throw error;
            }
            room = fresh;
        }
    }

    private interface Body {
        void run() throws Exception;
    }

    /** A thread that has gone as far as it can without time passing. */
    private final class Task {
        private boolean ended;
        private @Nullable Exception failure;

        Task(Body body) {
            host.threads().virtual("task", () -> {
                try {
                    body.run();
                } catch (Exception e) {
                    failure = e;
                }
                ended = true;
            });
            simulation.settle();
        }

        boolean isDone() {
            return ended && failure == null;
        }

        @Nullable
        Errno error() {
            return failure instanceof FsException e ? e.errno() : null;
        }
    }

    @AfterEach
    void end() {
        simulation.close();
    }

    @Test
    void oneWriteForAllWhoHeld() {
        hold(3);
        Task first = new Task(commit::apply);
        Task second = new Task(commit::apply);
        assertThat(lists.writes).isZero();
        Task third = new Task(commit::apply);
        writeEnds();
        assertThat(first.isDone() && second.isDone() && third.isDone()).isTrue();
        assertThat(lists.writes).isEqualTo(1);
    }

    @Test
    void failureGoesToAllWhoWait() {
        lists.error = new FsException(Errno.EIO, "no device");
        hold(2);
        Task first = new Task(commit::apply);
        Task second = new Task(commit::apply);
        writeEnds();
        assertThat(List.of(first.error(), second.error())).containsOnly(Errno.EIO);
        lists.error = null;
        hold(1);
        Task third = new Task(commit::apply);
        writeEnds();
        assertThat(third.isDone()).isTrue();
    }

    @Test
    void whoAbandonsDoesNotWait() {
        hold(1);
        assertThat(new Task(commit::abandon).isDone()).isTrue();
        assertThat(lists.writes).isZero();
        hold(2);
        Task waiting = new Task(commit::apply);
        assertThat(new Task(commit::abandon).isDone()).isTrue();
        writeEnds();
        assertThat(waiting.isDone()).isTrue();
        assertThat(lists.writes).isEqualTo(1);
    }

    /** Two budgets are kept beyond the holders': for one more and for the commit itself. */
    @Test
    void holdersAreAdmittedByRoom() {
        lists.room = new ServerCommit.Room(2000, 1500);
        hold(2);
        Task third = new Task(commit::hold);
        assertThat(third.isDone()).isFalse();
        new Task(commit::apply);
        new Task(commit::apply);
        assertThat(third.isDone()).isFalse();
        writeEnds();
        assertThat(third.isDone()).isTrue();
    }

    /** A server starts with empty lists (race R58). */
    @Test
    void emptyListsAreExchangedFirst() {
        lists.room = new ServerCommit.Room(0, 8185);
        Task hold = new Task(commit::hold);
        writeEnds();
        assertThat(hold.isDone()).isTrue();
        assertThat(lists.writes).isEqualTo(1);
    }

    @Test
    void missingRoomIsReportedInTheEnd() {
        lists.room = new ServerCommit.Room(999, 8185);
        lists.fresh = lists.room;
        Task hold = new Task(commit::hold);
        simulation.advance(TimeUnit.SECONDS.toNanos(1));
        assertThat(hold.error()).isEqualTo(Errno.ENOSPC);
        lists.error = new FsException(Errno.EIO);
        Task failing = new Task(commit::hold);
        writeEnds();
        assertThat(failing.error()).isEqualTo(Errno.EIO);
    }

    @Test
    void aloneMeansAlone() {
        hold(1);
        Task alone = new Task(() -> commit.holdAlone(new ServerCommit.Room(3000, 5000)));
        Task later = new Task(commit::hold);
        assertThat(alone.isDone() || later.isDone()).isFalse();
        new Task(commit::apply);
        writeEnds();
        assertThat(alone.isDone()).isTrue();
        assertThat(later.isDone()).isFalse();
        new Task(commit::apply);
        writeEnds();
        assertThat(later.isDone()).isTrue();
    }

    @Test
    void nobodyHoldsWhileOneWrites() {
        hold(1);
        Task writer = new Task(commit::apply);
        assertThat(lists.writes).isEqualTo(1);
        Task next = new Task(commit::hold);
        assertThat(next.isDone()).isFalse();
        writeEnds();
        assertThat(writer.isDone() && next.isDone()).isTrue();
    }

    @Test
    void closingReleasesWaitersAndWaitsForHolders() {
        hold(2);
        Task waiting = new Task(commit::apply);
        Task closing = new Task(commit::close);
        assertThat(waiting.error()).isEqualTo(Errno.ENOLINK);
        assertThat(closing.isDone()).isFalse();
        new Task(commit::abandon);
        assertThat(closing.isDone()).isTrue();
        assertThat(lists.writes).isZero();
        assertThat(new Task(commit::hold).error()).isEqualTo(Errno.ENOLINK);
    }

    /** Many threads share few commits, and there are never more holders than the lists carry. */
    @Test
    void manyHoldersShareCommits() {
        SplittableRandom random = new SplittableRandom(seed);
        int[] holders = new int[2];
        List<Task> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            long pause = random.nextLong(WRITE_NANOS / 4);
            all.add(new Task(() -> {
                commit.hold();
                holders[0]++;
                holders[1] = Math.max(holders[0], holders[1]);
                host.clock().sleep(pause);
                holders[0]--;
                commit.apply();
            }));
        }
        simulation.advance(TimeUnit.MINUTES.toNanos(1));
        assertThat(all).allMatch(Task::isDone);
        assertThat(holders[1]).isBetween(2, 15);
        assertThat(lists.writes).isBetween(200 / 15, 100);
    }

    private void hold(int times) {
        for (int i = 0; i < times; i++) {
            assertThat(new Task(commit::hold).isDone()).isTrue();
        }
    }

    private void writeEnds() {
        simulation.advance(WRITE_NANOS);
    }
}
