package org.scoutfs.app.demo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.scoutfs.host.HostClock;

/**
 * A user of one mount: makes a small file, writes it and waits for fsync, again and again, and remembers what was promised and the longest time
 * without service.
 */
final class ServiceProbe {
    private static final long PAUSE_NANOS = 10_000_000;

    private final DemoMount mount;
    private final String prefix;
    private final HostClock clock;
    private final Map<String, String> synced = new ConcurrentHashMap<>();
    private final Thread thread;
    private volatile boolean ending;
    private volatile long servedStartNanos;
    private long lastDoneNanos;
    private volatile long longestNanos;
    private volatile @Nullable String failure;

    /** @param prefix of its files' names, a directory that exists */
    ServiceProbe(DemoMount mount, String prefix, HostClock clock) {
        this.mount = mount;
        this.prefix = prefix;
        this.clock = clock;
        this.lastDoneNanos = clock.nanoTime();
        this.servedStartNanos = lastDoneNanos;
        this.thread = Thread.ofPlatform()
                .name("scoutfs-demo-" + mount.name())
                .daemon()
                .start(this::run);
    }

    private void run() {
        try {
            for (int i = 0; !ending; i++) {
                long start = clock.nanoTime();
                String name = prefix + "/" + mount.name() + "-" + i;
                String text = "written through " + mount.name() + ", number " + i;
                write(mount.directory().resolve(name), text);
                synced.put(name, text);
                long now = clock.nanoTime();
                longestNanos = Math.max(longestNanos, now - lastDoneNanos);
                lastDoneNanos = now;
                servedStartNanos = start;
                clock.sleep(PAUSE_NANOS);
            }
        } catch (IOException e) {
            failure = String.valueOf(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void write(Path file, String text) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            channel.force(true);
        }
    }

    DemoMount mount() {
        return mount;
    }

    /** Whether something that was begun after a moment is done. */
    boolean servedSince(long nanos) {
        return servedStartNanos - nanos > 0;
    }

    /** Why it had to end; null while it need not. */
    @Nullable
    String failure() {
        return failure;
    }

    double longestSeconds() {
        return longestNanos / 1e9;
    }

    /** How many files are promised. */
    int count() {
        return synced.size();
    }

    /** Ends it after what it does now. */
    void stop() throws InterruptedException {
        ending = true;
        thread.join();
    }

    /** The promised files that a mount does not show as they were written. */
    List<String> missingOn(DemoMount reader) {
        List<String> wrong = new ArrayList<>();
        synced.forEach((name, text) -> {
            try {
                String found = Files.readString(reader.directory().resolve(name));
                if (!found.equals(text)) {
                    wrong.add(name + " holds '" + found + "' on " + reader.name());
                }
            } catch (IOException e) {
                wrong.add(name + " on " + reader.name() + ": " + e);
            }
        });
        return wrong;
    }
}
