package org.scoutfs.server;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.MetaDevice;
import org.scoutfs.block.QuorumBlockFile;
import org.scoutfs.block.SuperBlockFile;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.device.FaultDisk;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.host.Endpoint;
import org.scoutfs.host.Simulation;
import org.scoutfs.host.TestHost;
import org.scoutfs.net.RawPeer;
import org.scoutfs.net.ServerLocator;
import org.scoutfs.net.VolumeIdentity;
import org.scoutfs.quorum.EarlierLeaders;
import org.scoutfs.quorum.ServerControl;

/** A volume, member mounts that can lead it, and client mounts, on simulated hosts: minutes pass in no time. */
final class ServerStage implements AutoCloseable {
    static final VolumeIdentity VOLUME = new VolumeIdentity(ServerRig.FSID, 2);
    private static final InetAddr ADDRESS = InetAddr.parse("10.0.0.1", 42000);
    /** Failures are provoked on purpose; what is said about them would drown the report. */
    private static final List<Logger> QUIET = List.of(
            Logger.getLogger("org.scoutfs.server"),
            Logger.getLogger("org.scoutfs.net"),
            Logger.getLogger("org.scoutfs.quorum"));

    final Simulation simulation;
    final FaultDisk disk;
    final List<ServerClientStub> clients = new ArrayList<>();
    private final List<Leader> leaders = new ArrayList<>();
    /** Where clients find the server; null: nowhere. */
    volatile ServerLocator.@Nullable Location location;

    int mergeWaitMs = 500;

    ServerStage(long seed) throws Exception {
        QUIET.forEach(logger -> logger.setLevel(Level.OFF));
        simulation = new Simulation(seed);
        disk = new FaultDisk(ServerRig.mkfs(ServerRig.META_BYTES, ServerRig.DATA_BYTES, 0), seed);
    }

    /** A member mount on a host of its own, with everything a server needs. */
    final class Leader implements AutoCloseable {
        final long rid;
        final TestHost host;
        final MetaDevice device;
        final BlockCache cache;
        final SuperBlockFile superBlock;
        final QuorumBlockFile quorumBlocks;
        final FenceRequests fences;
        final Server server;
        final Counters counters = new Counters();
        final Triggers triggers = new Triggers();
        final List<String> fenceLog = Collections.synchronizedList(new ArrayList<>());
        private final InetAddr address;

        Leader(long rid) throws Exception {
            this.rid = rid;
            this.address = InetAddr.ipv4(ADDRESS.addr() + leaders.size(), ADDRESS.port());
            host = simulation.host(address.addr());
            device = new MetaDevice(disk.open("leader " + rid), host, 1);
            superBlock = new SuperBlockFile(device);
            quorumBlocks = new QuorumBlockFile(device, VOLUME.fsid());
            SuperBlock found = simulation.call(Long.MAX_VALUE / 2, superBlock::read);
            cache = new BlockCache(
                    device, VOLUME.fsid(), found.totalMetaBlocks(), ServerRig.LIMITS, counters, triggers);
            fences = new FenceRequests(host.clock(), new FenceRequests.View() {
                @Override
                public void added(FenceRequest request) {
                    fenceLog.add(request.reason().text() + " " + Long.toHexString(request.rid()) + " "
                            + request.addr().dotted());
                }

                @Override
                public void removed(FenceRequest request) {
                    fenceLog.add("gone " + Long.toHexString(request.rid()));
                }
            });
            server = new Server(new ServerConfig(
                    host,
                    counters,
                    triggers,
                    cache,
                    superBlock,
                    VOLUME,
                    new EarlierLeaders(quorumBlocks, found.quorumConfig(), VOLUME.fsid(), rid, counters),
                    fences,
                    () -> ServerRig.META_BYTES,
                    () -> ServerRig.DATA_BYTES,
                    address,
                    rid,
                    new ServerOptions(() -> 24_000, () -> mergeWaitMs)));
            leaders.add(this);
        }

        /** Starts the server; its state when that has ended. */
        ServerControl.State start(long term) throws Exception {
            return simulation.call(Long.MAX_VALUE / 2, () -> {
                server.start(term);
                ServerControl.State state = server.awaitStarted();
                if (state == ServerControl.State.UP) {
                    location = new ServerLocator.Location(address, term);
                }
                return state;
            });
        }

        void stop() throws Exception {
            simulation.run(() -> {
                server.stop();
                server.awaitDown();
            });
        }

        /** The mount is gone from one moment to the next: nothing is written any more, nobody is told. */
        void die() throws Exception {
            location = null;
            device.forceUnmount();
            stop();
        }

        ServerServices services() {
            ServerRun run = server.running();
            if (run == null) {
                throw new IllegalStateException("the server does not run");
            }
            return run.services();
        }

        @Override
        public void close() {
            try {
                stop();
                simulation.run(() -> {
                    cache.close();
                    device.close();
                });
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    Leader leader(long rid) throws Exception {
        return new Leader(rid);
    }

    /** A mount that connects to whoever leads. */
    ServerClientStub client(long rid, boolean member) throws Exception {
        ServerClientStub client =
                new ServerClientStub(this, simulation.host(ADDRESS.addr() + 100 + clients.size()), rid, member);
        clients.add(client);
        simulation.run(client.network::start);
        return client;
    }

    /** A socket to the server that a hand-made client holds. In a thread of the simulation. */
    RawPeer connect() throws IOException {
        ServerLocator.Location server = location;
        if (server == null) {
            throw new IllegalStateException("no server");
        }
        TestHost host = simulation.host(ADDRESS.addr() + 90);
        Endpoint endpoint =
                new Endpoint(server.address().addr(), server.address().port());
        return new RawPeer(host.network().connect(endpoint, TimeUnit.SECONDS.toNanos(1)));
    }

    VolumeCheck check() throws FsException {
        return VolumeCheck.of(disk.image());
    }

    void advanceSeconds(long seconds) {
        simulation.advance(TimeUnit.SECONDS.toNanos(seconds));
    }

    @Override
    public void close() {
        for (ServerClientStub client : clients) {
            client.network.forceUnmount();
        }
        for (Leader leader : leaders) {
            leader.close();
        }
        try {
            for (ServerClientStub client : clients) {
                simulation.run(client.network::close);
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        simulation.close();
    }
}
