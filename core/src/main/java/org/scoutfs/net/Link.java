package org.scoutfs.net;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.scoutfs.format.wire.NetHeader;
import org.scoutfs.host.Endpoint;
import org.scoutfs.host.Host;
import org.scoutfs.host.HostTimer;
import org.scoutfs.host.StreamConnection;

/**
 * One connected socket. The thread that made it reads; a writer thread sends what the association has queued, from {@link
 * #startWriter} on. Any thread may {@link #shut} it; the thread that made it calls {@link #close} at the end.
 */
final class Link {
    /** Keepalive: time between probes of a silent peer, and how many may go unanswered (spec 3 section 2). */
    private static final int PROBE_SECONDS = 1;

    private static final int PROBES = 3;
    private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(PROBE_SECONDS);

    private final Host host;
    private final StreamConnection connection;
    private final FrameReader reader;
    private final NetCounters counters;
    private final AtomicReference<@Nullable String> shutReason = new AtomicReference<>();

    private volatile @Nullable Association association;
    private @Nullable Thread writer;

    /** When something was sent that nothing has followed from the peer, 0 if that is not so. */
    private volatile long waitingSince;

    private volatile @Nullable HostTimer timer;
    private volatile boolean hostWatchesData;
    private volatile long silenceLimit;

    Link(Host host, StreamConnection connection, NetCounters counters) {
        this.host = host;
        this.connection = connection;
        this.counters = counters;
        this.reader = new FrameReader(connection, counters);
    }

    /** Makes small messages fast, and has the host break the connection when the peer is silent for {@code keepaliveMs}. */
    void configure(long keepaliveMs) throws IOException {
        connection.noDelay(true);
        int idleSeconds = (int) (keepaliveMs / 1000) - PROBE_SECONDS * PROBES;
        connection.keepAlive(Math.max(1, idleSeconds), PROBE_SECONDS, PROBES);
        hostWatchesData = connection.userTimeout(keepaliveMs);
        silenceLimit = TimeUnit.MILLISECONDS.toNanos(keepaliveMs);
    }

    /** Whether the host breaks the connection when sent data is not acknowledged. */
    boolean hostWatchesData() {
        return hostWatchesData;
    }

    Endpoint local() {
        return connection.local();
    }

    Endpoint remote() {
        return connection.remote();
    }

    /** Waits for the next message. Reader thread only. */
    Frame read() throws IOException {
        try {
            Frame frame = reader.read();
            waitingSince = 0;
            return frame;
        } catch (ProtocolException e) {
            throw e;
        } catch (IOException e) {
            counters.recvError.increment();
            throw e;
        }
    }

    /** Sends bytes from this thread: a greeting, while there is no writer. */
    void write(byte[] bytes) throws IOException {
        if (waitingSince == 0) {
            long now = host.clock().nanoTime();
            waitingSince = now == 0 ? 1 : now;
        }
        try {
            connection.write(bytes);
        } catch (IOException e) {
            counters.sendError.increment();
            throw e;
        }
        counters.sendBytes.add(bytes.length);
    }

    /** Sends a message that does not pass through the queue. */
    void write(NetHeader header, byte[] payload) throws IOException {
        byte[] bytes = new byte[NetHeader.SIZE + payload.length];
        header.write(MemorySegment.ofArray(bytes), 0);
        System.arraycopy(payload, 0, bytes, NetHeader.SIZE, payload.length);
        write(bytes);
        counters.sendMessages.increment();
    }

    /** Starts sending what the association has queued. Reader thread only, once. */
    void startWriter(Association source) {
        association = source;
        writer = host.threads().virtual("net-send " + remote(), () -> sendAll(source));
    }

    /**
     * Where the host does not watch sent data: shuts the link if nothing is received within the keepalive time although something was sent,
     * and shortly before that has the peer asked something it answers at once (spec 3 section 4.1).
     */
    void watch(Runnable probe) {
        if (!hostWatchesData) {
            tick(probe, 0);
        }
    }

    /** Shuts the link unless {@link #stopTimer} is called within {@code delayMs}. */
    void shutAfter(long delayMs, String reason) {
        timer = host.clock().schedule("net-deadline", TimeUnit.MILLISECONDS.toNanos(delayMs), () -> shut(reason));
    }

    void stopTimer() {
        HostTimer running = timer;
        if (running != null) {
            running.cancel();
        }
    }

    /** Breaks the connection; reader and writer end. The first reason is kept. Does not wait. */
    void shut(String reason) {
        if (!shutReason.compareAndSet(null, reason)) {
            return;
        }
        connection.close();
        stopTimer();
        Association attached = association;
        if (attached != null) {
            attached.wake();
        }
    }

    boolean isShut() {
        return shutReason.get() != null;
    }

    /** Why it was shut, for a log line. */
    String reason() {
        String reason = shutReason.get();
        return reason == null ? "open" : reason;
    }

    /** Shuts, and waits until the writer has ended. Reader thread only. */
    void close(String reason) {
        shut(reason);
        Thread running = writer;
        if (running != null) {
            Threads.join(running);
        }
    }

    @Override
    public String toString() {
        return local() + " -> " + remote();
    }

    private void sendAll(Association source) {
        try {
            byte[] batch;
            while ((batch = source.nextBatch(this)) != null) {
                write(batch);
            }
        } catch (IOException e) {
            shut("cannot send: " + e.getMessage());
        }
    }

    private void tick(Runnable probe, long probedSince) {
        if (isShut()) {
            return;
        }
        long since = waitingSince;
        long silent = since == 0 ? 0 : host.clock().nanoTime() - since;
        if (silent >= silenceLimit) {
            shut("nothing received for " + TimeUnit.NANOSECONDS.toMillis(silent) + " ms");
            return;
        }
        boolean due = since != probedSince && silent >= silenceLimit - TICK_NANOS * PROBES;
        if (due) {
            probe.run();
        }
        long probed = due ? since : probedSince;
        timer = host.clock().schedule("net-watch", TICK_NANOS, () -> tick(probe, probed));
        if (isShut()) {
            stopTimer();
        }
    }
}
