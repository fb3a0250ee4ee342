package org.scoutfs.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class TestHostTest extends HostContract {
    private final TestHost host = TestHost.create(1);

    @Override
    Host host() {
        return host;
    }

    /** A ticking clock: a millisecond whenever some real time has passed. */
    @Override
    void inHost(Body body) throws Exception {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread thread = Thread.ofVirtual().start(() -> {
            try {
                body.run();
            } catch (Throwable t) {
                failure.set(t);
            }
        });
        while (!thread.join(Duration.ofNanos(200_000))) {
            host.advance(MILLI);
        }
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
    }

    @Test
    void timeStandsStillUntilItIsMoved() {
        List<String> fired = new CopyOnWriteArrayList<>();
        host.clock().schedule("b", 2 * SECOND, () -> fired.add("b"));
        host.clock()
                .schedule(
                        "a",
                        SECOND,
                        () -> fired.add("a at " + host.clock().wallTime().seconds() % 60));
        assertThat(host.clock().nanoTime()).isZero();
        assertThat(host.clock().waiting()).isEqualTo(2);
        host.advance(SECOND);
        await().until(() -> fired.equals(List.of("a at 1")));
        host.advance(SECOND - 1);
        assertThat(host.clock().waiting()).isEqualTo(1);
        host.advance(1);
        await().until(() -> fired.equals(List.of("a at 1", "b")));
    }

    @Test
    void sleepersWakeWhenTheirTimeHasCome() {
        Thread sleeper = host.threads().virtual("sleeper", () -> {
            try {
                host.clock().sleep(SECOND);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        await().until(() -> host.clock().waiting() == 1);
        host.advance(SECOND);
        await().until(() -> !sleeper.isAlive());
        assertThat(host.clock().waiting()).isZero();
    }

    @Test
    void collectsFailures() throws InterruptedException {
        host.threads()
                .virtual("fails", () -> {
                    throw new IllegalStateException("on purpose");
                })
                .join();
        assertThat(host.failures()).singleElement().satisfies(e -> assertThat(e).hasMessage("on purpose"));
    }
}
