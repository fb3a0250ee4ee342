package org.scoutfs.host;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.ReentrantLock;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * Sockets of the machine, IPv4 ones even where IPv6 is the default.
 *
 * <p>Channels and not {@code java.net.Socket}: they write several buffers with one system call, and blocking in them parks a virtual
 * thread.
 */
final class SystemNetwork implements HostNetwork {
    @Override
    public DatagramPort bindDatagrams(Endpoint local) throws IOException {
        DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET);
        try {
            channel.bind(toSocketAddress(local));
            return new Port(channel);
        } catch (IOException e) {
            throw closing(channel, e);
        }
    }

    @Override
    public StreamListener listen(Endpoint local, int backlog) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.INET);
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.bind(toSocketAddress(local), backlog);
            return new Listener(channel);
        } catch (IOException e) {
            throw closing(channel, e);
        }
    }

    @Override
    public StreamConnection connect(Endpoint local, Endpoint remote, long timeoutNanos) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.INET);
        try {
            if (local.ipv4() != Endpoint.ANY_ADDRESS || local.port() != 0) {
                channel.bind(toSocketAddress(local));
            }
            channel.socket().connect(toSocketAddress(remote), toMillis(timeoutNanos));
            return new Connection(channel);
        } catch (IOException e) {
            throw closing(channel, e);
        }
    }

    private static <X extends Exception> X closing(AutoCloseable channel, X failure) {
        try {
            channel.close();
        } catch (Exception e) {
            failure.addSuppressed(e);
        }
        return failure;
    }

    /** Rounded up, and never 0, which means forever to the JDK. */
    private static int toMillis(long nanos) {
        return Math.clamp((nanos - 1) / 1_000_000 + 1, 1, Integer.MAX_VALUE);
    }

    private static InetSocketAddress toSocketAddress(Endpoint endpoint) {
        byte[] address =
                ByteBuffer.allocate(Integer.BYTES).putInt(endpoint.ipv4()).array();
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address), endpoint.port());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }

    private static Endpoint toEndpoint(SocketAddress address) {
        InetSocketAddress inet = (InetSocketAddress) address;
        return new Endpoint(ByteBuffer.wrap(inet.getAddress().getAddress()).getInt(), inet.getPort());
    }

    /**
     * Not blocking, so that a send never waits: what the system has no room for is lost, as on the way. Receivers wait in a selector.
     */
    private static final class Port implements DatagramPort {
        private static final int LARGEST_PAYLOAD_BYTES = 65507;

        private final DatagramChannel channel;
        private final Selector readable;
        private final Endpoint local;

        /** Held by the receiver, which uses the selector and the one buffer. */
        private final ReentrantLock receiving = new ReentrantLock();

        private final ByteBuffer buffer = ByteBuffer.allocateDirect(LARGEST_PAYLOAD_BYTES);

        Port(DatagramChannel channel) throws IOException {
            this.channel = channel;
            local = toEndpoint(channel.getLocalAddress());
            channel.configureBlocking(false);
            readable = Selector.open();
            try {
                channel.register(readable, SelectionKey.OP_READ);
            } catch (IOException e) {
                throw closing(readable, e);
            }
        }

        @Override
        public Endpoint local() {
            return local;
        }

        @Override
        public void send(Endpoint destination, byte[] payload) throws IOException {
            if (channel.send(ByteBuffer.wrap(payload), toSocketAddress(destination)) < payload.length) {
                throw new IOException("no room to send to " + destination);
            }
        }

        @Override
        public @Nullable Datagram receive(long timeoutNanos) throws IOException {
            receiving.lock();
            try {
                long start = System.nanoTime();
                while (true) {
                    buffer.clear();
                    SocketAddress source = channel.receive(buffer);
                    if (source != null) {
                        byte[] payload = new byte[buffer.flip().remaining()];
                        buffer.get(payload);
                        return new Datagram(toEndpoint(source), payload);
                    }
                    long left = timeoutNanos == FOREVER ? FOREVER : timeoutNanos - (System.nanoTime() - start);
                    if (left <= 0) {
                        return null;
                    }
                    readable.select(toMillis(left));
                    readable.selectedKeys().clear();
                }
            } catch (ClosedSelectorException e) {
                throw new ClosedChannelException();
            } finally {
                receiving.unlock();
            }
        }

        /** The port is free on return: a registered channel lives until its selector has let go of it. */
        @Override
        public void close() {
            closeQuietly(channel);
            try {
                readable.close();
            } catch (IOException e) {
                System.getLogger("org.scoutfs.host").log(System.Logger.Level.DEBUG, "closing " + local, e);
            }
        }
    }

    private static final class Listener implements StreamListener {
        private final ServerSocketChannel channel;
        private final Endpoint local;

        Listener(ServerSocketChannel channel) throws IOException {
            this.channel = channel;
            this.local = toEndpoint(channel.getLocalAddress());
        }

        @Override
        public Endpoint local() {
            return local;
        }

        @Override
        public StreamConnection accept() throws IOException {
            SocketChannel accepted = channel.accept();
            try {
                return new Connection(accepted);
            } catch (IOException e) {
                throw closing(accepted, e);
            }
        }

        @Override
        public void close() {
            closeQuietly(channel);
        }
    }

    private static final class Connection implements StreamConnection {
        private final SocketChannel channel;
        private final Endpoint local;
        private final Endpoint remote;

        /** Keeps the parts of one write together. */
        private final ReentrantLock writing = new ReentrantLock();

        Connection(SocketChannel channel) throws IOException {
            this.channel = channel;
            this.local = toEndpoint(channel.getLocalAddress());
            this.remote = toEndpoint(channel.getRemoteAddress());
        }

        @Override
        public Endpoint local() {
            return local;
        }

        @Override
        public Endpoint remote() {
            return remote;
        }

        @Override
        public int read(byte[] buffer, int offset, int lengthBytes) throws IOException {
            return channel.read(ByteBuffer.wrap(buffer, offset, lengthBytes));
        }

        @Override
        public void write(byte[]... parts) throws IOException {
            ByteBuffer[] buffers = new ByteBuffer[parts.length];
            long left = 0;
            for (int i = 0; i < parts.length; i++) {
                buffers[i] = ByteBuffer.wrap(parts[i]);
                left += parts[i].length;
            }
            writing.lock();
            try {
                while (left > 0) {
                    left -= channel.write(buffers);
                }
            } finally {
                writing.unlock();
            }
        }

        @Override
        public void noDelay(boolean on) throws IOException {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, on);
        }

        @Override
        public void keepAlive(int idleSeconds, int intervalSeconds, int probes) throws IOException {
            channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, idleSeconds);
            channel.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, intervalSeconds);
            channel.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, probes);
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        }

        @Override
        public boolean userTimeout(long millis) {
            return false;
        }

        @Override
        public void close() {
            closeQuietly(channel);
        }
    }

    /** What a socket says when it is closed changes nothing for anybody. */
    private static void closeQuietly(java.nio.channels.Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            System.getLogger("org.scoutfs.host").log(System.Logger.Level.DEBUG, "closing " + channel, e);
        }
    }
}
