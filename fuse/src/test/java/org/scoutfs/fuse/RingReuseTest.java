package org.scoutfs.fuse;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Who answers over io_uring after a wait only prepares the reply; another reader hands it over, and the next request may be in the same entry before
 * the first reader has turned round. It must not end that one too: revocations would not wait for it, and its own wait for a lock would end
 * with ESTALE.
 */
class RingReuseTest {
    private static final int CALLERS = 16;
    private static final int LOOKUPS = 20_000;

    @Test
    @Timeout(value = 120, unit = SECONDS)
    void requestsAreNotEndedByThoseBeforeThem() throws Exception {
        AtomicInteger names = new AtomicInteger();
        List<Thread> callers = new ArrayList<>();
        try (Mounted m = new Mounted(FuseOptions.of("memory").withTransport(Transport.IO_URING))) {
            Client c = m.client();
            c.call("mkdir", m.path("d"), "0755");
            long dir = Long.parseLong(c.call("stat", m.path("d")).split(" ", -1)[0]);
            m.vfs.newGroup();
            for (int i = 0; i < CALLERS; i++) {
                callers.add(Thread.ofPlatform().start(() -> {
                    int name;
                    while ((name = names.getAndIncrement()) < LOOKUPS) {
                        assertThat(Files.exists(Path.of(m.path("d/none" + name))))
                                .isFalse();
                    }
                }));
            }
            // All of them wait for the lock again and again.
            while (names.get() < LOOKUPS) {
                MemoryVfs.Revocation revocation = m.vfs.revoke(dir);
                revocation.drain();
                revocation.tellOwner(false);
                revocation.finish();
            }
            for (Thread caller : callers) {
                caller.join();
            }
            assertThat(m.count("fuse_unexpected_failures")).isZero();
        }
    }
}
