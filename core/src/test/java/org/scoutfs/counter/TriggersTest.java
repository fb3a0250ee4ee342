package org.scoutfs.counter;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TriggersTest {
    @Test
    void firesOnceForEachArming() {
        Triggers triggers = new Triggers();
        assertThat(triggers.fire("a")).isFalse();
        triggers.arm("a");
        triggers.arm("a");
        triggers.arm("b");
        assertThat(triggers.armed()).containsExactly("a", "b");
        assertThat(triggers.isArmed("a")).isTrue();
        assertThat(triggers.fire("c")).isFalse();
        assertThat(triggers.fire("a")).isTrue();
        assertThat(triggers.fire("a")).isFalse();
        triggers.disarm("b");
        assertThat(triggers.fire("b")).isFalse();
        assertThat(triggers.armed()).isEmpty();
    }

    @Test
    void oneOfManyThreadsConsumesIt() throws InterruptedException {
        Triggers triggers = new Triggers();
        triggers.arm("a");
        AtomicInteger fired = new AtomicInteger();
        Thread[] threads = new Thread[8];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = Thread.ofVirtual().start(() -> {
                if (triggers.fire("a")) {
                    fired.incrementAndGet();
                }
            });
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(fired).hasValue(1);
    }
}
