package org.scoutfs.server;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.Key;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.format.wire.LockMode;
import org.scoutfs.format.wire.LockRecover;
import org.scoutfs.format.wire.OpenInoMap;
import org.scoutfs.format.wire.OpenInoMapArgs;
import org.scoutfs.format.wire.Payloads;
import org.scoutfs.host.TestHost;
import org.scoutfs.net.ClientEvents;
import org.scoutfs.net.ClientNetwork;
import org.scoutfs.net.RequestHandler;

/** The network side of a mount: asks the server, and answers it as the test says. */
final class ServerClientStub {
    final long rid;
    final ClientNetwork network;
    final List<String> log = Collections.synchronizedList(new ArrayList<>());
    /** Locks held, reported in recovery. */
    final NavigableMap<Key, LockMessage> held = new TreeMap<>();
    /** Invalidations are answered at once. */
    volatile boolean obedient = true;

    volatile boolean mounted = true;
    volatile Runnable whenSynced = () -> {};
    private final ServerStage stage;

    ServerClientStub(ServerStage stage, TestHost host, long rid, boolean member) {
        this.stage = stage;
        this.rid = rid;
        Map<Command, RequestHandler> handlers = new EnumMap<>(Command.class);
        handlers.put(Command.LOCK, request -> {
            LockMessage message = LockMessage.of(request.payload());
            log.add("invalidate " + LockMode.of(message.oldMode()) + "->" + LockMode.of(message.newMode()));
            if (obedient) {
                request.reply(request.payload());
            }
        });
        handlers.put(Command.LOCK_RECOVER, request -> {
            List<LockMessage> some = held.tailMap(Payloads.key(request.payload()), true).values().stream()
                    .limit(LockRecover.MAX_LOCKS)
                    .toList();
            log.add("recover " + some.size());
            request.reply(new LockRecover(some).toBytes());
        });
        handlers.put(Command.OPEN_INO_MAP, request -> {
            OpenInoMapArgs args = OpenInoMapArgs.of(request.payload());
            long[] bits = new long[OpenInoMap.WORDS];
            bits[0] = rid;
            log.add("open map");
            request.reply(new OpenInoMap(args, bits).toBytes());
        });
        handlers.put(Command.SYNC_LOG_TREES, request -> {
            log.add("sync");
            request.reply();
            whenSynced.run();
        });
        this.network = new ClientNetwork(
                host,
                ServerStage.VOLUME,
                rid,
                member,
                24_000,
                () -> stage.location,
                () -> mounted,
                handlers,
                new ClientEvents() {
                    @Override
                    public void connected(InetAddr server, long term, boolean newServer) {
                        log.add("connected term " + term);
                    }

                    @Override
                    public void evicted(String reason) {
                        log.add("evicted");
                    }
                },
                new Counters());
    }

    /** A request and its answer. */
    byte[] call(Command command, byte[] payload) throws Exception {
        return stage.simulation.call(
                java.util.concurrent.TimeUnit.MINUTES.toNanos(10), () -> network.call(command, payload));
    }

    byte[] call(Command command) throws Exception {
        return call(command, Payloads.EMPTY);
    }

    /** The error a request is answered with. */
    Errno error(Command command, byte[] payload) throws Exception {
        try {
            call(command, payload);
            throw new AssertionError(command + " succeeded");
        } catch (FsException e) {
            return e.errno();
        }
    }

    /** A request whose answer comes later. */
    Pending send(Command command, byte[] payload) throws Exception {
        Pending pending = new Pending();
        stage.simulation.run(() -> network.send(command, payload, response -> {
            if (response.error() == null) {
                pending.payload.set(response.payload());
            } else {
                pending.error.set(response.error());
            }
        }));
        stage.simulation.settle();
        return pending;
    }

    /** An answer that may have come. */
    static final class Pending {
        private final AtomicReference<byte @Nullable []> payload = new AtomicReference<>();
        private final AtomicReference<@Nullable Errno> error = new AtomicReference<>();

        boolean isDone() {
            return payload.get() != null || error.get() != null;
        }

        byte[] payload() {
            byte[] answer = payload.get();
            if (answer == null) {
                throw new AssertionError("no answer, error " + error.get());
            }
            return answer;
        }

        LockMessage grant() {
            return LockMessage.of(payload());
        }
    }

    Pending lock(Key key, LockMode mode) throws Exception {
        return send(Command.LOCK, new LockMessage(key, 0, LockMode.NULL, mode).toBytes());
    }

    LogTrees getLogTrees() throws Exception {
        return Payloads.read(call(Command.GET_LOG_TREES), LogTrees.SIZE, LogTrees::read);
    }

    void commitLogTrees(LogTrees trees) throws Exception {
        call(Command.COMMIT_LOG_TREES, Payloads.write(LogTrees.SIZE, trees::write));
    }

    /** Stops talking to the server without a word. */
    void vanish() {
        network.forceUnmount();
    }

    void farewell() throws Exception {
        stage.simulation.run(network::farewell);
    }
}
