package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.host.TestHost;

/** Who has to come back, what waits for them, and what happens to those who do not (spec 3 section 10). */
class RecoveryTrackerTest {
    private static final InetAddr ADDR = InetAddr.parse("10.0.0.9", 700);

    private static final class Events implements RecoveryTracker.Listener {
        final List<String> all = Collections.synchronizedList(new ArrayList<>());
        final CountDownLatch late = new CountDownLatch(1);
        volatile CountDownLatch during = new CountDownLatch(0);
        boolean fail;

        @Override
        public void greeted() {
            all.add("greeted");
        }

        @Override
        public void recovered() throws FsException {
            all.add("recovered");
            if (fail) {
                throw new FsException(Errno.EIO);
            }
        }

        @Override
        public void late(List<RecoveryTracker.Late> mounts) {
            mounts.forEach(mount -> all.add("late " + mount.rid() + " " + mount.addr()));
            late.countDown();
            try {
                during.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void failed(FsException error) {
            all.add("failed");
        }
    }

    private final Events events = new Events();

    @Test
    void nobodyToWaitFor() {
        try (TestHost host = TestHost.create(1)) {
            RecoveryTracker tracker = new RecoveryTracker(host.clock(), events);
            tracker.start((rid, addr) -> false);
            assertThat(tracker.inProgress()).isFalse();
            assertThat(host.clock().waiting()).isZero();
        }
    }

    @Test
    void lastStepOfLastMountReleasesOnce() {
        try (TestHost host = TestHost.create(1)) {
            RecoveryTracker tracker = prepared(host, 1, 2);
            tracker.done(1, RecoveryTracker.Step.GREETING);
            tracker.done(1, RecoveryTracker.Step.GREETING);
            assertThat(events.all).isEmpty();
            tracker.done(2, RecoveryTracker.Step.GREETING);
            assertThat(events.all).containsExactly("greeted");
            assertThat(tracker.awaitsGreetings()).isFalse();
            assertThat(tracker.isPending(2, RecoveryTracker.Step.LOCKS)).isTrue();
            tracker.done(2, RecoveryTracker.Step.LOCKS);
            assertThat(tracker.isPending(2, RecoveryTracker.Step.LOCKS)).isFalse();
            tracker.done(1, RecoveryTracker.Step.LOCKS);
            tracker.done(1, RecoveryTracker.Step.LOCKS);
            tracker.reclaimed(1);
            assertThat(events.all).containsExactly("greeted", "recovered");
            assertThat(host.clock().waiting()).as("timer").isZero();
        }
    }

    @Test
    void reclaimedMountCountsAsRecovered() {
        try (TestHost host = TestHost.create(1)) {
            RecoveryTracker tracker = prepared(host, 1);
            tracker.reclaimed(1);
            assertThat(events.all).containsExactly("greeted", "recovered");
        }
    }

    @Test
    void lateMountsAreNamedAfterThirtySeconds() throws Exception {
        try (TestHost host = TestHost.create(1)) {
            RecoveryTracker tracker = prepared(host, 1, 2);
            tracker.done(1, RecoveryTracker.Step.GREETING);
            tracker.done(1, RecoveryTracker.Step.LOCKS);
            host.advance(TimeUnit.SECONDS.toNanos(30) - 1);
            assertThat(events.all).isEmpty();
            host.advance(1);
            assertThat(events.late.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(events.all).containsExactly("late 2 " + ADDR);
            assertThat(tracker.inProgress()).isTrue();
        }
    }

    @Test
    void mountsThatAreGoneForCertainAreLateAtOnce() {
        try (TestHost host = TestHost.create(1)) {
            RecoveryTracker tracker = new RecoveryTracker(host.clock(), events);
            tracker.prepare(1, ADDR);
            tracker.prepare(2, ADDR);
            tracker.start((rid, addr) -> rid == 2);
            assertThat(events.all).containsExactly("late 2 " + ADDR);
            assertThat(tracker.isPending(2, RecoveryTracker.Step.LOCKS)).isTrue();
        }
    }

    @Test
    void failureIsReported() {
        try (TestHost host = TestHost.create(1)) {
            events.fail = true;
            prepared(host, 1).reclaimed(1);
            assertThat(events.all).containsExactly("greeted", "recovered", "failed");
        }
    }

    @Test
    void afterStopNothingHappens() {
        try (TestHost host = TestHost.create(1)) {
            RecoveryTracker tracker = prepared(host, 1);
            tracker.stop();
            assertThat(host.clock().waiting()).isZero();
            tracker.reclaimed(1);
            assertThat(events.all).isEmpty();
        }
    }

    /** Who is told of late mounts makes fence requests: after the stop they would be the next server's. */
    @Test
    void stopWaitsForWhoIsBeingTold() throws Exception {
        try (TestHost host = TestHost.create(1)) {
            CountDownLatch mayEnd = new CountDownLatch(1);
            events.during = mayEnd;
            RecoveryTracker tracker = prepared(host, 1);
            host.advance(TimeUnit.SECONDS.toNanos(30));
            assertThat(events.late.await(10, TimeUnit.SECONDS)).isTrue();
            CountDownLatch stopped = new CountDownLatch(1);
            Thread stopper = host.threads().virtual("stopper", () -> {
                tracker.stop();
                stopped.countDown();
            });
            while (stopper.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            assertThat(stopped.getCount()).isOne();
            mayEnd.countDown();
            assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(host.failures()).isEmpty();
        }
    }

    private RecoveryTracker prepared(TestHost host, long... rids) {
        RecoveryTracker tracker = new RecoveryTracker(host.clock(), events);
        for (long rid : rids) {
            tracker.prepare(rid, ADDR);
        }
        tracker.start((rid, addr) -> false);
        assertThat(tracker.inProgress() && tracker.awaitsGreetings()).isTrue();
        return tracker;
    }
}
