package org.scoutfs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

/** Life of fence requests (spec 3 section 11.1). */
class FenceRequestsTest {
    private static final InetAddr ADDR = InetAddr.parse("10.0.0.9", 700);

    private final List<String> seen = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch answered = new CountDownLatch(1);

    private FenceRequests open(TestHost host) {
        FenceRequests fences = new FenceRequests(host.clock(), new FenceRequests.View() {
            @Override
            public void added(FenceRequest request) {
                seen.add("+" + request.rid() + " " + request.addr().dotted() + " "
                        + request.reason().text());
            }

            @Override
            public void removed(FenceRequest request) {
                seen.add("-" + request.rid());
            }
        });
        fences.open(answered::countDown);
        return fences;
    }

    @Test
    void secondRequestForAMountIsNothingNew() {
        try (TestHost host = TestHost.create(1)) {
            FenceRequests fences = open(host);
            fences.add(1, ADDR, FenceRequest.Reason.QUORUM_BLOCK_LEADER);
            fences.add(1, ADDR, FenceRequest.Reason.CLIENT_RECOVERY);
            assertThat(seen).containsExactly("+1 10.0.0.9 quorum_block_leader");
            fences.close();
            assertThat(seen).containsExactly("+1 10.0.0.9 quorum_block_leader", "-1");
            fences.add(2, ADDR, FenceRequest.Reason.CLIENT_RECOVERY);
            assertThat(fences.list()).as("after the server has stopped").isEmpty();
        }
    }

    @Test
    void firstAnswerIsFinal() {
        try (TestHost host = TestHost.create(1)) {
            FenceRequests fences = open(host);
            fences.add(1, ADDR, FenceRequest.Reason.CLIENT_RECONNECT);
            FenceRequest request = fences.find(1);
            host.advance(TimeUnit.SECONDS.toNanos(3));
            assertThat(request.elapsedSeconds()).isEqualTo(3);
            assertThat(fences.answered()).isNull();
            request.setFenced();
            request.setError();
            assertThat(request.state()).isEqualTo(FenceRequest.State.FENCED);
            assertThat(answered.getCount()).isZero();
            assertThat(fences.answered()).isSameAs(request);
            fences.remove(request);
            assertThat(fences.answered()).isNull();
            assertThat(host.clock().waiting()).as("timer").isZero();
        }
    }

    @Test
    void unansweredRequestFailsAfterThirtySeconds() throws Exception {
        try (TestHost host = TestHost.create(1)) {
            FenceRequests fences = open(host);
            fences.add(1, ADDR, FenceRequest.Reason.CLIENT_RECONNECT);
            host.advance(TimeUnit.SECONDS.toNanos(30));
            assertThat(answered.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(fences.find(1).state()).isEqualTo(FenceRequest.State.ERROR);
        }
    }

    /** An error must not count as fenced (race R15). */
    @Test
    void leaderWaitEndsWithAllFencedOrFails() throws Exception {
        try (TestHost host = TestHost.create(1)) {
            FenceRequests fences = open(host);
            StopSignal stop = new StopSignal(host.clock());
            fences.awaitAllFenced(15_000, stop);
            fences.add(1, ADDR, FenceRequest.Reason.QUORUM_BLOCK_LEADER);
            fences.add(2, ADDR, FenceRequest.Reason.QUORUM_BLOCK_LEADER);
            fences.find(1).setFenced();
            fences.find(2).setError();
            assertErrno(Errno.EIO, () -> fences.awaitAllFenced(15_000, stop));
            fences.remove(fences.find(2));
            fences.awaitAllFenced(15_000, stop);
            fences.add(3, ADDR, FenceRequest.Reason.QUORUM_BLOCK_LEADER);
            assertErrno(Errno.ETIMEDOUT, () -> fences.awaitAllFenced(0, stop));
            stop.set();
            assertErrno(Errno.ENOLINK, () -> fences.awaitAllFenced(15_000, stop));
        }
    }

    private interface Call {
        void run() throws FsException;
    }

    private static void assertErrno(Errno errno, Call call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
