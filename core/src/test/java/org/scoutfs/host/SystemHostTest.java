package org.scoutfs.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SystemHostTest extends HostContract {
    private final Host host =
            new SystemHost((thread, failure) -> assertThat(failure).hasMessage("on purpose"));

    @Override
    Host host() {
        return host;
    }

    @Override
    void inHost(Body body) throws Exception {
        body.run();
    }

    @AfterEach
    void closeHost() {
        host.close();
    }

    @Test
    void closedHostsTakeNoTimers() {
        Host other = Host.system();
        other.clock().schedule("forgotten", 3600 * SECOND, () -> {});
        other.close();
        assertThatThrownBy(() -> other.clock().schedule("late", 0, () -> {}))
                .isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void platformThreadsArePlatformThreads() throws InterruptedException {
        Thread thread = host.threads().platform("platform", () -> {});
        assertThat(thread.isVirtual()).isFalse();
        assertThat(thread.isDaemon()).isTrue();
        thread.join();
    }

    @Test
    void hostsDoNotShareTheirRandomNumbers() {
        try (Host other = Host.system()) {
            assertThat(other.random().nextLong()).isNotEqualTo(host.random().nextLong());
        }
    }
}
