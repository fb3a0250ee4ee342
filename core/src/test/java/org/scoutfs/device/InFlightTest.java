package org.scoutfs.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;

class InFlightTest {
    private final InFlight inFlight = new InFlight();

    @Test
    void closeWaitsForWhatIsUnderWayAlsoWhenInterrupted() throws InterruptedException {
        assertThat(inFlight.enter()).isTrue();
        assertThat(inFlight.enter()).isTrue();
        boolean[] result = new boolean[2];
        Thread closer = Thread.ofPlatform().start(() -> {
            result[0] = inFlight.close();
            result[1] = Thread.interrupted();
        });
        await().until(() -> closer.getState() == Thread.State.WAITING);
        assertThat(inFlight.enter()).isFalse();
        inFlight.exit();
        closer.interrupt();
        await().until(() -> closer.getState() == Thread.State.WAITING);
        inFlight.exit();
        closer.join();
        assertThat(result).containsExactly(true, true);
    }

    @Test
    void closesOnce() {
        assertThat(inFlight.close()).isTrue();
        assertThat(inFlight.close()).isFalse();
        assertThat(inFlight.enter()).isFalse();
    }
}
