package org.scoutfs.trans;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.scoutfs.alloc.TestVolume;
import org.scoutfs.error.FsException;

/** What a thread keeps of transactions that it held. */
class HoldTest {
    /** Threads that use one mount after the other would otherwise keep all of them in memory. */
    @Test
    void threadThatHeldForgetsTheTransactions() throws Exception {
        TestVolume volume = new TestVolume(1);
        WeakReference<Transactions> used = use(volume);
        Awaitility.await().pollInterval(Duration.ofMillis(20)).until(() -> {
            System.gc();
            return used.get() == null;
        });
        assertThat(volume.host.failures()).isEmpty();
        volume.close();
    }

    private static WeakReference<Transactions> use(TestVolume volume) throws FsException {
        Transactions transactions = new Transactions(
                new TestServer(volume, 200), volume.cache, () -> 1L << 20, volume.host, volume.counters);
        transactions.start();
        try (Hold outer = transactions.hold(true);
                Hold inner = transactions.hold(true)) {
            assertThat(inner).isSameAs(outer);
        }
        assertThat(transactions.heldByThisThread()).isFalse();
        transactions.close();
        return new WeakReference<>(transactions);
    }
}
