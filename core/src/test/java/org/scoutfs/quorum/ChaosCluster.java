package org.scoutfs.quorum;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.MetaDevice;
import org.scoutfs.block.QuorumBlockFile;
import org.scoutfs.counter.Counters;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.QuorumBlock;
import org.scoutfs.format.QuorumConfig;
import org.scoutfs.host.Simulation;
import org.scoutfs.host.TestHost;
import org.scoutfs.quorum.ServerControl.State;

/**
 * All members of one volume with real agents and blocks, and servers that do what a starting server does before it opens anything: have
 * earlier leaders fenced. Whoever is fenced reaches the device no more. The moment a server comes UP it is checked that no other mount
 * that still reaches the device has one.
 */
final class ChaosCluster implements AutoCloseable {
    private static final long FSID = 0x1234567890abcdefL;
    private static final int PORT = 4000;
    static final long HEARTBEAT_TIMEOUT_MS = 2_000;

    final Simulation simulation;
    final QuorumConfig config;
    private final long seed;
    private final SplittableRandom random;
    private final MemoryDevice device = MemoryDevice.create("meta", 1 << 20);
    private final List<Mount> mounts = new ArrayList<>();
    private final Map<Long, Mount> everMounted = new HashMap<>();
    private final List<String> violations = new ArrayList<>();
    private long nextRid = 100;

    /** Fencing agents fail and dawdle, storage is slow, servers take their time. */
    private boolean rough = true;

    /** How many servers have come UP. */
    int ups;

    ChaosCluster(long seed, int slots) throws Exception {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        simulation = new Simulation(seed);
        QuorumConfig configured = QuorumConfig.EMPTY.withVersion(1);
        for (int slot = 0; slot < slots; slot++) {
            configured = configured.withSlot(slot, InetAddr.ipv4(Members.address(slot), PORT));
        }
        config = configured;
        simulation.run(() -> {
            try (MetaDevice meta = new MetaDevice(device, simulation.host(1), 1)) {
                for (int slot = 0; slot < QuorumConfig.SLOTS; slot++) {
                    new QuorumBlockFile(meta, FSID).write(slot, QuorumBlock.unused(FSID, slot));
                }
            }
        });
    }

    /** One mount with its slot. */
    final class Mount {
        final int slot;
        final long rid;
        final TestHost host;
        final SlowDevice disk;
        final MetaDevice meta;
        final QuorumBlockFile blocks;
        final Counters counters = new Counters();
        final StartingServer server = new StartingServer(this);
        final QuorumAgent agent;

        /** Fenced or crashed. */
        volatile boolean dead;

        Mount(int slot) throws FsException {
            this.slot = slot;
            this.rid = nextRid++;
            host = simulation.host(Members.address(slot));
            disk = new SlowDevice(device, host.clock(), seed + rid);
            meta = new MetaDevice(disk, host, 2);
            blocks = new QuorumBlockFile(meta, FSID);
            agent = QuorumAgent.start(
                    host, blocks, config, FSID, slot, rid, () -> HEARTBEAT_TIMEOUT_MS, server, counters);
        }

        /** From one moment to the next nothing of it reaches anybody. */
        void die() {
            dead = true;
            disk.cut();
            meta.forceUnmount();
            agent.forceUnmount();
        }

        @Override
        public String toString() {
            return "rid " + rid + " slot " + slot + (dead ? " dead " : " ") + server.state() + " term " + server.term()
                    + " "
                    + agent.status().role() + " in term " + agent.status().term() + " until "
                    + (agent.status().deadlineNanos() - host.clock().nanoTime()) / 1_000_000;
        }
    }

    /** What a server does between DOWN and UP. Threads of a simulation run one at a time. */
    final class StartingServer implements ServerControl {
        private final Mount mount;
        private volatile State state = State.DOWN;
        private volatile long term;

        /** Whether it has opened anything that it may still write. */
        private volatile boolean wasUp;

        StartingServer(Mount mount) {
            this.mount = mount;
        }

        long term() {
            return term;
        }

        @Override
        public State state() {
            return state;
        }

        @Override
        public void start(long startTerm) {
            if (state != State.DOWN) {
                violations.add(mount + " started again");
            }
            term = startTerm;
            state = State.STARTING;
            mount.host.threads().virtual("start", () -> life(startTerm));
        }

        @Override
        public void stop() {
            if (state == State.STARTING || state == State.UP) {
                state = State.STOPPING;
            }
        }

        private void life(long startTerm) {
            try {
                pause(300);
                new EarlierLeaders(mount.blocks, config, FSID, mount.rid, mount.counters)
                        .fence(startTerm, new Agent(this));
                if (becomeUp()) {
                    while (state() == State.UP) {
                        mount.host.clock().sleep(TimeUnit.MILLISECONDS.toNanos(5));
                    }
                }
                pause(300);
            } catch (FsException e) {
                // the start has failed
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            become(State.DOWN);
        }

        private void pause(long mostMs) throws InterruptedException {
            long ms = rough && random.nextBoolean() ? random.nextLong(mostMs) : 0;
            mount.host.clock().sleep(TimeUnit.MILLISECONDS.toNanos(ms));
        }

        private boolean becomeUp() {
            if (state != State.STARTING || mount.dead) {
                return false;
            }
            for (Mount other : mounts) {
                State others = other.server.state();
                if (other != mount
                        && !other.dead
                        && (others == State.UP || others == State.STOPPING && other.server.wasUp)) {
                    violations.add(mount + " comes up beside " + other);
                }
            }
            wasUp = true;
            ups++;
            state = State.UP;
            return true;
        }

        private void become(State next) {
            state = next;
            wasUp = false;
        }
    }

    /** The fencing agent of one server start. */
    private final class Agent implements FenceHook {
        private final StartingServer server;
        private final List<Mount> asked = new ArrayList<>();
        private volatile boolean failed;

        Agent(StartingServer server) {
            this.server = server;
        }

        @Override
        public void request(long rid, InetAddr address) {
            Mount target = Objects.requireNonNull(everMounted.get(rid), "a rid that never was");
            asked.add(target);
            long delayMs = rough ? random.nextLong(5_000) : 50;
            boolean fails = rough && random.nextInt(10) == 0;
            server.mount.host.clock().schedule("fence", TimeUnit.MILLISECONDS.toNanos(delayMs), () -> {
                if (fails) {
                    failed = true;
                } else {
                    target.die();
                }
            });
        }

        @Override
        public void awaitAll(long timeoutMs) throws FsException {
            try {
                for (long waited = 0; asked.stream().anyMatch(target -> !target.dead); waited += 20) {
                    if (failed || waited >= timeoutMs || server.state() != State.STARTING || server.mount.dead) {
                        throw new FsException(Errno.EIO, "not fenced");
                    }
                    server.mount.host.clock().sleep(TimeUnit.MILLISECONDS.toNanos(20));
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** The mount in a slot now; null if there is none or it is dead. */
    @Nullable
    Mount living(int slot) {
        return mounts.stream()
                .filter(mount -> mount.slot == slot && !mount.dead && mount.agent.failure() == null)
                .findFirst()
                .orElse(null);
    }

    void start(int slot) throws Exception {
        bury();
        Mount mount = simulation.call(TimeUnit.MINUTES.toNanos(1), () -> new Mount(slot));
        mounts.add(mount);
        everMounted.put(mount.rid, mount);
    }

    /** Unmounts cleanly. */
    void unmount(Mount mount) throws Exception {
        close(mount);
    }

    /** Takes dead mounts away, so that their slots can be used again. */
    private void bury() throws Exception {
        for (Mount mount : List.copyOf(mounts)) {
            if (mount.dead || mount.agent.failure() != null) {
                close(mount);
            }
        }
    }

    private void close(Mount mount) throws Exception {
        simulation.run(() -> {
            mount.agent.close();
            mount.meta.close();
        });
        mount.dead = true;
        mounts.remove(mount);
    }

    void advanceMs(long ms) {
        simulation.advance(TimeUnit.MILLISECONDS.toNanos(ms));
        if (!violations.isEmpty()) {
            throw new AssertionError("seed " + seed + ": " + violations);
        }
    }

    /** Something goes wrong, or right again. */
    void step() throws Exception {
        int slot = random.nextInt(config.countPresent());
        Mount mount = living(slot);
        switch (random.nextInt(10)) {
            case 0, 1 -> partition();
            case 2 -> simulation.net().heal();
            case 3 -> simulation.net().datagramFaults(random.nextDouble(0.5), random.nextDouble(0.3));
            case 4 -> simulation.net().delays(0, TimeUnit.MILLISECONDS.toNanos(random.nextInt(1, 400)));
            case 5, 6 -> {
                if (mount != null) {
                    mount.disk.slow(TimeUnit.MILLISECONDS.toNanos(random.nextInt(2) * random.nextInt(1, 6_000)));
                }
            }
            case 7 -> {
                if (mount != null) {
                    mount.die();
                }
            }
            case 8 -> {
                if (mount != null) {
                    unmount(mount);
                }
            }
            default -> {
                if (mount == null) {
                    start(slot);
                }
            }
        }
        advanceMs(random.nextLong(3_000));
    }

    /** Cuts one or two ways between two random sets of hosts. */
    private void partition() {
        int side = random.nextInt();
        boolean oneWay = random.nextInt(3) == 0;
        for (int a = 0; a < config.countPresent(); a++) {
            for (int b = 0; b < config.countPresent(); b++) {
                if ((side >> a & 1) != 0 && (side >> b & 1) == 0) {
                    simulation.net().block(Members.address(a), Members.address(b));
                    if (!oneWay) {
                        simulation.net().block(Members.address(b), Members.address(a));
                    }
                }
            }
        }
    }

    /** The network is whole, storage is fast, fencing works; every slot is mounted. */
    void calm() throws Exception {
        rough = false;
        simulation.net().heal();
        simulation.net().datagramFaults(0, 0);
        simulation.net().delays(0, TimeUnit.MILLISECONDS.toNanos(2));
        mounts.forEach(mount -> mount.disk.slow(0));
        bury();
        for (int slot = 0; slot < config.countPresent(); slot++) {
            if (living(slot) == null) {
                start(slot);
            }
        }
    }

    /** The one whose server is UP; null if there is none. */
    @Nullable
    Mount leader() {
        return mounts.stream()
                .filter(mount -> !mount.dead && mount.agent.status().isLeader() && mount.server.state() == State.UP)
                .findFirst()
                .orElse(null);
    }

    /** Slots of the living may have to be mounted again: two leaders of a two-slot volume fence each other. */
    void remountTheDead() throws Exception {
        for (int slot = 0; slot < config.countPresent(); slot++) {
            if (living(slot) == null) {
                start(slot);
            }
        }
    }

    @Override
    public String toString() {
        return mounts.toString();
    }

    @Override
    public void close() {
        try {
            for (Mount mount : List.copyOf(mounts)) {
                mount.die();
                close(mount);
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        simulation.close();
    }
}
