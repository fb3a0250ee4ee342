package org.scoutfs.server;

import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.error.StaleException;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.Magic;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.net.ConnectionStatus;
import org.scoutfs.net.ServerNetwork;
import org.scoutfs.quorum.FenceHook;
import org.scoutfs.quorum.ServerControl;

/**
 * The server of a mount that is a quorum member; it runs while the mount leads (spec 3 section 6). The quorum agent starts and stops it
 * through {@link ServerControl}; it also stops by itself when it cannot go on, and the agent then sees it DOWN.
 *
 * <p>Each start has a thread of its own, which starts everything, waits to be stopped, and stops everything. Any thread may call.
 */
public final class Server implements ServerControl {
    private static final System.Logger LOG = System.getLogger(Server.class.getName());

    private final ServerConfig config;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private State state = State.DOWN;
    private StopSignal stop;
    private @Nullable ServerRun run;

    /** Starts that failed since the last one that did not. */
    private int failedStarts;

    private @Nullable FsException startFailure;

    public Server(ServerConfig config) {
        this.config = config;
        this.stop = new StopSignal(config.host().clock());
    }

    @Override
    public void start(long term) {
        StopSignal signal = new StopSignal(config.host().clock());
        lock.lock();
        try {
            if (state != State.DOWN) {
                throw new IllegalStateException("server is " + state);
            }
            stop = signal;
            setState(State.STARTING);
        } finally {
            lock.unlock();
        }
        config.host().threads().virtual("scoutfs-server", () -> life(term, signal));
    }

    @Override
    public void stop() {
        lock.lock();
        try {
            if (state == State.STARTING || state == State.UP) {
                setState(State.STOPPING);
                stop.set();
            }
        } finally {
            lock.unlock();
        }
        config.fences().wake();
    }

    @Override
    public State state() {
        lock.lock();
        try {
            return state;
        } finally {
            lock.unlock();
        }
    }

    /** Returns when the server is not STARTING any more; its state then. */
    public State awaitStarted() {
        return await(State.STARTING);
    }

    /** Returns when the server is DOWN. Somebody has called {@link #stop}, or it stops by itself. */
    public void awaitDown() {
        lock.lock();
        try {
            while (state != State.DOWN) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Where it listens; null while it does not. */
    public @Nullable InetAddr address() {
        ServerRun running = running();
        return running == null ? null : running.network().address();
    }

    /** Lines of the debug file {@code server_locks}; none while it does not run. */
    public List<String> lockLines() {
        ServerRun running = running();
        return running == null ? List.of() : running.services().locks().debugLines();
    }

    /** Its connections; none while it does not run. */
    public List<ConnectionStatus> connections() {
        ServerRun running = running();
        return running == null ? List.of() : running.network().connections();
    }

    /** Lines of the debug file {@code server_lock_stats}, without newlines; none while it does not run. */
    public List<String> lockStatLines() {
        ServerRun running = running();
        return running == null ? List.of() : running.services().locks().statLines();
    }

    /** Lines of the debug file {@code messages} about its clients; none while it does not run. */
    public List<String> messageLines() {
        ServerRun running = running();
        return running == null ? List.of() : running.network().messageLines();
    }

    /** Why it could not start the last {@code times} times or more; null if it has not tried so often or has succeeded since. */
    public @Nullable FsException startFailure(int times) {
        lock.lock();
        try {
            return failedStarts >= times ? startFailure : null;
        } finally {
            lock.unlock();
        }
    }

    /** The run of now; null while there is none. */
    @Nullable
    ServerRun running() {
        lock.lock();
        try {
            return run;
        } finally {
            lock.unlock();
        }
    }

    /** The run cannot go on: the server stops, and the mount may be elected again. */
    void fail(ServerRun failed, FsException error) {
        lock.lock();
        try {
            if (run == failed && state != State.STOPPING) {
                LOG.log(System.Logger.Level.ERROR, "{0}; the server stops", error.getMessage());
            }
        } finally {
            lock.unlock();
        }
        stop();
    }

    private void life(long term, StopSignal signal) {
        LOG.log(System.Logger.Level.INFO, "server starting at {0}", config.address());
        try {
            ServerRun started = startRun(term, signal);
            signal.await();
            LOG.log(System.Logger.Level.INFO, "server shutting down at {0}", config.address());
            started.close();
        } catch (FsException e) {
            LOG.log(System.Logger.Level.ERROR, "{0}; the server could not start", e.getMessage());
            lock.lock();
            try {
                // Asked to stop while it started is no failure.
                if (state == State.STARTING) {
                    failedStarts++;
                    startFailure = e;
                }
            } finally {
                lock.unlock();
            }
        } finally {
            config.fences().close();
            LOG.log(System.Logger.Level.INFO, "server stopped at {0}", config.address());
            lock.lock();
            try {
                run = null;
                setState(State.DOWN);
            } finally {
                lock.unlock();
            }
        }
    }

    private ServerRun startRun(long term, StopSignal signal) throws FsException {
        Fencing fencing = new Fencing(signal);
        config.fences().open(fencing::answered);
        config.earlierLeaders().fence(term, fencing);
        signal.check();
        ServerNetwork network = ServerNetwork.bind(
                config.host(),
                config.volume(),
                config.address(),
                config.options().keepaliveMs().getAsInt(),
                config.counters());
        ServerRun starting;
        try {
            starting = new ServerRun(config, this, term, signal, network, readSuper());
        } catch (FsException | RuntimeException | Error e) {
            network.close();
            throw e;
        }
        try {
            publish(starting, signal);
            fencing.run = starting;
            starting.start();
            becomeUp(signal);
        } catch (FsException | RuntimeException | Error e) {
            starting.close();
            throw e;
        }
        return starting;
    }

    /** Not before earlier leaders were fenced: one of them could have written until then. */
    private SuperBlock readSuper() throws FsException {
        SuperBlock found = config.superBlock().read();
        if (found.fsid() != config.volume().fsid()
                || found.formatVersion() != config.volume().formatVersion()) {
            throw new FsException(
                    Errno.EINVAL,
                    "the super block is now of volume %016x version %d, the mount's is %016x version %d"
                            .formatted(
                                    found.fsid(),
                                    found.formatVersion(),
                                    config.volume().fsid(),
                                    config.volume().formatVersion()));
        }
        for (int i = 0; i < 2; i++) {
            checkList(found.serverMetaAvail(i));
            checkList(found.serverMetaFreed(i));
        }
        return found;
    }

    /** Without its lists a server can commit nothing: better to fail now than to answer every request with an error. */
    private void checkList(AllocListHead list) throws FsException {
        if (list.ref().isZero()) {
            return;
        }
        try {
            config.cache().read(list.ref(), Magic.ALLOC_LIST).close();
        } catch (StaleException e) {
            // nobody else writes them: what is not there now will not be there later
            throw new CorruptionException("a list of free blocks is damaged: " + e.getMessage());
        }
    }

    private void publish(ServerRun starting, StopSignal signal) throws FsException {
        lock.lock();
        try {
            signal.check();
            run = starting;
        } finally {
            lock.unlock();
        }
    }

    private void becomeUp(StopSignal signal) throws FsException {
        lock.lock();
        try {
            signal.check();
            setState(State.UP);
            failedStarts = 0;
            startFailure = null;
            LOG.log(System.Logger.Level.INFO, "server ready at {0}", config.address());
        } finally {
            lock.unlock();
        }
    }

    private State await(State over) {
        lock.lock();
        try {
            while (state == over) {
                changed.awaitUninterruptibly();
            }
            return state;
        } finally {
            lock.unlock();
        }
    }

    private void setState(State next) {
        state = next;
        changed.signalAll();
    }

    /** Earlier leaders, before there is a run, and whoever hears of answers. */
    private final class Fencing implements FenceHook {
        private final StopSignal signal;
        private volatile @Nullable ServerRun run;

        Fencing(StopSignal signal) {
            this.signal = signal;
        }

        @Override
        public void request(long rid, InetAddr address) throws FsException {
            signal.check();
            config.fences().add(rid, address, FenceRequest.Reason.QUORUM_BLOCK_LEADER);
        }

        @Override
        public void awaitAll(long timeoutMs) throws FsException {
            config.fences().awaitAllFenced(timeoutMs, signal);
        }

        void answered() {
            ServerRun running = run;
            if (running != null) {
                running.fenceAnswered();
            }
        }
    }
}
