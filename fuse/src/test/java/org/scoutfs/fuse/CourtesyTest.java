package org.scoutfs.fuse;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Readers over io_uring give way to their callers, and to nobody else for long. */
@Timeout(value = 60, unit = SECONDS)
class CourtesyTest {
    private static final int IDLE = 5;
    private static final int BURST = 2000;
    private static final Duration WAIT = Duration.ofSeconds(50);

    private final AtomicInteger names = new AtomicInteger();

    @Test
    void readersGiveWayOnlyWhileRequestsComeFast() throws Exception {
        Assumptions.assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "needs two processors");
        try (Mounted m = new Mounted(FuseOptions.of("memory").withTransport(Transport.IO_URING))) {
            Thread caller = Thread.ofPlatform().start(() -> {
                while (!Thread.currentThread().isInterrupted()) {
                    burst(m, 100);
                }
            });
            try {
                await().atMost(WAIT).until(() -> policies().contains(IDLE));
            } finally {
                caller.interrupt();
                caller.join();
            }
            await().atMost(WAIT).until(() -> !policies().contains(IDLE));
        }
    }

    @Test
    void readersOfBusyProcessorsAreNotStarved() throws Exception {
        Assumptions.assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "needs two processors");
        List<Thread> busy = new ArrayList<>();
        try (Mounted m = new Mounted(FuseOptions.of("memory").withTransport(Transport.IO_URING))) {
            for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
                busy.add(Thread.ofPlatform().start(() -> {
                    while (!Thread.currentThread().isInterrupted()) {
                        Thread.onSpinWait();
                    }
                }));
            }
            long before = m.count("fuse_reader_starved");
            await().atMost(WAIT).until(() -> {
                burst(m, 100);
                return m.count("fuse_reader_starved") > before;
            });
            burst(m, BURST);
        } finally {
            busy.forEach(Thread::interrupt);
        }
    }

    /** Lookups that no cache answers. */
    private void burst(Mounted m, int count) {
        for (int i = 0; i < count; i++) {
            assertThat(Files.exists(Path.of(m.path("none" + names.getAndIncrement()))))
                    .isFalse();
        }
    }

    /** Of all readers of queues in this process. */
    private static List<Integer> policies() throws IOException {
        List<Integer> policies = new ArrayList<>();
        try (var tasks = Files.list(Path.of("/proc/self/task"))) {
            for (Path task : tasks.toList()) {
                try {
                    String stat = Files.readString(task.resolve("stat"), StandardCharsets.ISO_8859_1);
                    int nameEnd = stat.lastIndexOf(')');
                    if (stat.substring(stat.indexOf('(') + 1, nameEnd).startsWith("fuse-ring-")) {
                        // Field 41, of which the first after the name is the third.
                        policies.add(
                                Integer.parseInt(stat.substring(nameEnd + 2).split(" ", -1)[38]));
                    }
                } catch (NoSuchFileException e) {
                    // It has ended.
                }
            }
        }
        return policies;
    }
}
