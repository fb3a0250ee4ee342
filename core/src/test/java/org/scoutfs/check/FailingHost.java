package org.scoutfs.check;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.host.DatagramPort;
import org.scoutfs.host.Endpoint;
import org.scoutfs.host.Host;
import org.scoutfs.host.HostClock;
import org.scoutfs.host.HostNetwork;
import org.scoutfs.host.HostRandom;
import org.scoutfs.host.HostThreads;
import org.scoutfs.host.HostTimer;
import org.scoutfs.host.StreamConnection;
import org.scoutfs.host.StreamListener;
import org.scoutfs.host.WallTime;

/** The real machine, on which one thread of a chosen name runs out of memory once: when it next looks at the clock, sets a timer or has read from a connection. */
final class FailingHost implements Host {
    private final Host host = Host.system();
    private final AtomicReference<@Nullable String> victim = new AtomicReference<>();

    /** From now on the first thread whose name begins so. */
    void failIn(String threadName) {
        victim.set(threadName);
    }

    boolean hasFailed() {
        return victim.get() == null;
    }

    private void maybeFail() {
        String name = victim.get();
        if (name != null && Thread.currentThread().getName().startsWith(name) && victim.compareAndSet(name, null)) {
            throw new OutOfMemoryError("injected into " + Thread.currentThread().getName());
        }
    }

    @Override
    public HostClock clock() {
        return new FailingClock(host.clock());
    }

    @Override
    public HostThreads threads() {
        return host.threads();
    }

    @Override
    public HostNetwork network() {
        return new FailingNetwork(host.network());
    }

    @Override
    public HostRandom random() {
        return host.random();
    }

    @Override
    public void close() {
        host.close();
    }

    private final class FailingClock implements HostClock {
        private final HostClock clock;

        FailingClock(HostClock clock) {
            this.clock = clock;
        }

        @Override
        public long nanoTime() {
            maybeFail();
            return clock.nanoTime();
        }

        @Override
        public WallTime wallTime() {
            return clock.wallTime();
        }

        @Override
        public WallTime coarseWallTime() {
            return clock.coarseWallTime();
        }

        @Override
        public void sleep(long nanos) throws InterruptedException {
            maybeFail();
            clock.sleep(nanos);
        }

        @Override
        public long awaitNanos(Lock lock, Condition condition, long nanos) throws InterruptedException {
            maybeFail();
            return clock.awaitNanos(lock, condition, nanos);
        }

        @Override
        public HostTimer schedule(String name, long delayNanos, Runnable task) {
            maybeFail();
            return clock.schedule(name, delayNanos, task);
        }
    }

    private final class FailingNetwork implements HostNetwork {
        private final HostNetwork network;

        FailingNetwork(HostNetwork network) {
            this.network = network;
        }

        @Override
        public DatagramPort bindDatagrams(Endpoint local) throws IOException {
            return network.bindDatagrams(local);
        }

        @Override
        public StreamListener listen(Endpoint local, int backlog) throws IOException {
            StreamListener listener = network.listen(local, backlog);
            return new StreamListener() {
                @Override
                public Endpoint local() {
                    return listener.local();
                }

                @Override
                public StreamConnection accept() throws IOException {
                    return new FailingConnection(listener.accept());
                }

                @Override
                public void close() {
                    listener.close();
                }
            };
        }

        @Override
        public StreamConnection connect(Endpoint local, Endpoint remote, long timeoutNanos) throws IOException {
            return new FailingConnection(network.connect(local, remote, timeoutNanos));
        }
    }

    private final class FailingConnection implements StreamConnection {
        private final StreamConnection connection;

        FailingConnection(StreamConnection connection) {
            this.connection = connection;
        }

        @Override
        public Endpoint local() {
            return connection.local();
        }

        @Override
        public Endpoint remote() {
            return connection.remote();
        }

        @Override
        public int read(byte[] buffer, int offset, int lengthBytes) throws IOException {
            int read = connection.read(buffer, offset, lengthBytes);
            maybeFail();
            return read;
        }

        @Override
        public void write(byte[]... parts) throws IOException {
            maybeFail();
            connection.write(parts);
        }

        @Override
        public void noDelay(boolean on) throws IOException {
            connection.noDelay(on);
        }

        @Override
        public void keepAlive(int idleSeconds, int intervalSeconds, int probes) throws IOException {
            connection.keepAlive(idleSeconds, intervalSeconds, probes);
        }

        @Override
        public boolean userTimeout(long millis) throws IOException {
            return connection.userTimeout(millis);
        }

        @Override
        public void close() {
            connection.close();
        }
    }
}
