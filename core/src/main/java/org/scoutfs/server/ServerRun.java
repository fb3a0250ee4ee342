package org.scoutfs.server;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.MountedClient;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.format.wire.LockRecover;
import org.scoutfs.format.wire.OpenInoMap;
import org.scoutfs.net.Association;
import org.scoutfs.net.ServerEvents;
import org.scoutfs.net.ServerNetwork;
import org.scoutfs.quorum.QuorumSlots;

/**
 * One running server: everything of one term, made by {@link #start}, ended by {@link #close} (spec 3 sections 6.1 and 6.4). Any failure
 * inside is given to {@link Server#fail} and ends the run from outside.
 */
final class ServerRun implements ServerEvents, RecoveryTracker.Listener, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ServerRun.class.getName());

    private final ServerConfig config;
    private final Server server;
    private final long term;
    private final ServerNetwork network;
    private final ServerVolume volume;
    private final ServerCommit commit;
    private final RecoveryTracker recovery;
    private final LockServer locks;
    private final OpenInodeMap openInodes;
    private final LockRecovery lockRecovery;
    private final MountedClients mounted;
    private final Reclaim reclaim;
    private final Farewells farewells;
    private final ServerServices services;
    private final MergedTreeFreeing freeing;
    private final ServerWorker farewellWorker;
    private final ServerWorker reclaimWorker;
    private final ServerWorker freeingWorker;

    /** @param network bound and not started; this owns it from now on */
    ServerRun(ServerConfig config, Server server, long term, StopSignal stop, ServerNetwork network, SuperBlock found) {
        this.config = config;
        this.server = server;
        this.term = term;
        this.network = network;
        this.volume =
                new ServerVolume(config.cache(), config.superBlock(), found, config.counters(), config.triggers());
        this.commit = new ServerCommit(volume, config.counters());
        ServerContext context = new ServerContext(
                volume,
                new ServerItems(volume),
                new ServerChanges(commit, volume),
                config.host().clock(),
                stop,
                config.options());
        NetworkPeers peers = new NetworkPeers(network);
        this.recovery = new RecoveryTracker(config.host().clock(), this);
        this.locks = new LockServer(peers, volume::nextSeq, recovery::inProgress, config.counters());
        this.openInodes = new OpenInodeMap(peers, recovery::awaitsGreetings);
        this.lockRecovery = new LockRecovery(peers, recovery, locks, volume);
        this.mounted = new MountedClients(context, peers);
        SrchService srch = new SrchService(context, config.counters(), config.triggers());
        VolumeOptionsService options = new VolumeOptionsService(context);
        LogTreesService logTrees =
                new LogTreesService(context, srch, options, peers, config.counters(), config.triggers());
        LogMergeService logMerge = new LogMergeService(context, this::freeMergedTrees, config.counters());
        this.reclaim = new Reclaim(context, locks, openInodes, logTrees, srch, logMerge, mounted);
        this.farewells = new Farewells(mounted, recovery, reclaim, QuorumSlots.votesNeeded(found.quorumConfig()));
        this.freeing = new MergedTreeFreeing(context);
        this.farewellWorker = worker("scoutfs-server-farewell", farewells::pass);
        this.reclaimWorker = worker("scoutfs-server-reclaim", this::reclaimFenced);
        this.freeingWorker = worker("scoutfs-server-freeing", this::freeAll);
        this.services = new ServerServices(
                context,
                logTrees,
                logMerge,
                srch,
                new StatfsService(context),
                options,
                new ResizeService(context, config.metaBytes(), config.dataBytes()),
                locks,
                openInodes,
                farewells,
                farewellWorker::wake);
        peers.onResponse(Command.LOCK, response -> locks.response(response.rid(), LockMessage.of(response.payload())));
        peers.onResponse(
                Command.OPEN_INO_MAP,
                response -> openInodes.response(response.rid(), OpenInoMap.of(response.payload())));
        peers.onResponse(Command.LOCK_RECOVER, response -> {
            if (lockRecovery.response(response.rid(), LockRecover.of(response.payload()))) {
                farewellWorker.wake();
            }
        });
    }

    /** Reads what must be known, and accepts connections. */
    void start() throws FsException {
        ServerContext context = services.context();
        context.changes().look(() -> {
            for (LogTrees trees : context.items().allLogTrees()) {
                volume.raiseSeq(trees.maxItemSeq());
            }
            ItemTable.Entry<MountedClient> client =
                    context.items().mountedClients.first();
            while (client != null) {
                recovery.prepare(client.key().first(), client.value().addr());
                client = context.items().mountedClients.after(client);
            }
            return true;
        });
        for (FenceRequest request : config.fences().list()) {
            network.evict(request.rid());
        }
        recovery.start(config.fences()::isGone);
        network.start(term, ServerRequests.handlers(services), this);
        reclaimWorker.wake();
        freeingWorker.wake();
    }

    /** Called once, from no thread of this run. Nothing is written any more on return. */
    @Override
    public void close() {
        farewellWorker.close();
        reclaimWorker.close();
        network.close();
        freeingWorker.close();
        recovery.stop();
        commit.close();
        volume.forget();
        locks.clear();
        openInodes.clear();
    }

    ServerNetwork network() {
        return network;
    }

    /** For tests in this package. */
    ServerServices services() {
        return services;
    }

    @Override
    public Admission admit(Greeting greeting, InetAddr peer) throws FsException {
        long rid = greeting.rid();
        if (rid == 0 || rid == -1) {
            throw new FsException(Errno.EINVAL, "greeting of impossible rid " + Long.toHexString(rid));
        }
        if (config.fences().find(rid) != null) {
            return Admission.REFUSED;
        }
        if (greeting.serverTerm() == 0) {
            mounted.remember(greeting, peer);
            farewellWorker.wake();
            return Admission.WELCOME;
        }
        // One that knows this term has an association, or is sent away by the network.
        boolean known = greeting.serverTerm() == term || greeting.isFarewell() || mounted.isKnown(rid);
        return known ? Admission.WELCOME : Admission.REFUSED;
    }

    @Override
    public void attached(Association association, boolean firstContact) {
        long rid = association.rid();
        if (firstContact) {
            mounted.connected(rid);
            openInodes.add(rid);
            try {
                lockRecovery.begin(rid);
            } catch (FsException e) {
                LOG.log(
                        System.Logger.Level.DEBUG,
                        "mount {0} left at once: {1}",
                        Long.toHexString(rid),
                        e.getMessage());
            }
        }
        recovery.done(rid, RecoveryTracker.Step.GREETING);
    }

    @Override
    public boolean isGone(long rid, InetAddr lastPeer) {
        return config.fences().isGone(rid, lastPeer);
    }

    /**
     * A mount that owns nothing any more is not fenced: it had lost its connection when its farewell was answered, and learned from its
     * missing item that it may go.
     */
    @Override
    public void reconnectTimedOut(long rid, InetAddr lastPeer) {
        try {
            if (mounted.isKnown(rid)) {
                config.fences().add(rid, lastPeer, FenceRequest.Reason.CLIENT_RECONNECT);
            } else {
                reclaim.forget(rid);
                network.readmit(rid);
            }
        } catch (FsException e) {
            server.fail(this, e);
        }
    }

    @Override
    public void listenerFailed(FsException failure) {
        server.fail(this, failure);
    }

    @Override
    public void greeted() throws FsException {
        openInodes.recovered();
    }

    @Override
    public void recovered() throws FsException {
        openInodes.recovered();
        locks.recovered();
        farewellWorker.wake();
    }

    @Override
    public void late(List<RecoveryTracker.Late> mounts) {
        for (RecoveryTracker.Late late : mounts) {
            network.evict(late.rid());
            config.fences().add(late.rid(), late.addr(), FenceRequest.Reason.CLIENT_RECOVERY);
        }
    }

    @Override
    public void failed(FsException error) {
        server.fail(this, error);
    }

    /** A fence request was answered. */
    void fenceAnswered() {
        reclaimWorker.wake();
    }

    private void reclaimFenced() throws FsException {
        @Nullable FenceRequest request;
        while (!reclaimWorker.isClosing() && (request = config.fences().answered()) != null) {
            if (request.state() == FenceRequest.State.ERROR) {
                throw new FsException(
                        Errno.EIO,
                        "saw error indicator on fence request for rid %016x, shutting down server"
                                .formatted(request.rid()));
            }
            reclaim.reclaim(request.rid());
            config.fences().remove(request);
            LOG.log(
                    System.Logger.Level.INFO,
                    "successfully reclaimed resources for fenced rid {0}",
                    "%016x".formatted(request.rid()));
            network.readmit(request.rid());
            recovery.reclaimed(request.rid());
            farewellWorker.wake();
        }
    }

    private void freeMergedTrees() {
        freeingWorker.wake();
    }

    private void freeAll() throws FsException {
        freeing.freeAll(freeingWorker::isClosing);
    }

    private ServerWorker worker(String name, ServerWorker.Work work) {
        return new ServerWorker(config.host().threads(), name, work, error -> server.fail(this, error));
    }
}
