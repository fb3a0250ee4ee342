package org.scoutfs.mount;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.CacheLimits;
import org.scoutfs.block.MetaDevice;
import org.scoutfs.block.SuperBlockFile;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.check.CheckReport;
import org.scoutfs.check.VolumeCheck;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.device.SharedDisk;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.Key;
import org.scoutfs.format.MkfsImage;
import org.scoutfs.format.MkfsParameters;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.host.Host;
import org.scoutfs.host.Simulation;
import org.scoutfs.host.TestHost;
import org.scoutfs.quorum.QuorumStatus;
import org.scoutfs.server.FenceRequest;
import org.scoutfs.server.FenceRequests;
import org.scoutfs.vfs.SimpleCredentials;
import org.scoutfs.vfs.Vfs;

/**
 * Whole mounts, each on a simulated machine of its own, with one volume on simulated disks: elections, servers, locks and all that a mount
 * does in the background, in one thread and from one seed. A wait that nothing can end fails the test at once, with all stacks.
 */
final class Cluster implements AutoCloseable {
    static final SimpleCredentials ROOT = SimpleCredentials.root();
    private static final long FSID = 0x5b0591faeec8e477L;
    static final long META_BYTES = 64L << 30;
    static final long DATA_BYTES = 128L << 30;
    private static final int MEMBER_ADDRESS = InetAddr.parse("10.0.0.1", 1).addr();
    private static final int PORT = 42000;
    private static final String OPTIONS = "meta_cache=64M,item_cache=16M,data_cache=4M";

    /** Failures are provoked on purpose; what is said about them would drown the report. */
    private static final Logger QUIET = Logger.getLogger("org.scoutfs");

    final Simulation simulation;
    final SharedDisk meta;
    final SharedDisk data;
    /** All fence requests that any leader made. */
    final List<String> fenced = Collections.synchronizedList(new ArrayList<>());

    /** Whether the fence agent takes devices away, or only says that it did. */
    boolean agentCuts = true;

    private final List<Node> nodes = new ArrayList<>();
    private final int slots;

    /** @param slots quorum slots, at 10.0.0.1 and up */
    Cluster(long seed, int slots) throws Exception {
        this(seed, slots, 2);
    }

    Cluster(long seed, int slots, long formatVersion) throws Exception {
        QUIET.setLevel(Boolean.getBoolean("scoutfs.log") ? Level.ALL : Level.OFF);
        this.slots = slots;
        List<MkfsParameters.QuorumSlot> config = new ArrayList<>();
        for (int slot = 0; slot < slots; slot++) {
            config.add(new MkfsParameters.QuorumSlot(slot, InetAddr.ipv4(MEMBER_ADDRESS + slot, PORT)));
        }
        MkfsImage image = MkfsImage.of(new MkfsParameters(
                META_BYTES, DATA_BYTES, FSID, new UUID(1, seed), Timespec.ZERO, formatVersion, List.copyOf(config), 0));
        meta = new SharedDisk("meta", META_BYTES);
        data = new SharedDisk("data", DATA_BYTES);
        for (MkfsImage.Write write : image.writes()) {
            SharedDisk disk = write.device() == MkfsImage.Device.META ? meta : data;
            disk.open().write(write.offsetBytes(), write.bytes());
        }
        simulation = new Simulation(seed);
        simulation.net().delays(20_000, 300_000);
    }

    /** A machine that can mount the volume, one mount at a time. */
    final class Node {
        final String name;
        final TestHost host;
        private final String options;
        private final int address;
        private SharedDisk.@Nullable Opened metaDevice;
        private SharedDisk.@Nullable Opened dataDevice;
        private @Nullable Mount mount;

        Node(int slot, int address, String moreOptions) {
            this.name = slot < 0 ? "client" + address : "member" + slot;
            this.address = address;
            this.host = simulation.host(address);
            this.options = OPTIONS + (slot < 0 ? "" : ",quorum_slot_nr=" + slot) + moreOptions;
        }

        /** Mounts; runs in the simulation. */
        void mount() throws FsException {
            SharedDisk.Opened openedMeta = meta.open();
            SharedDisk.Opened openedData = data.open();
            metaDevice = openedMeta;
            dataDevice = openedData;
            mount = Mount.open(host, openedMeta, openedData, MountOptions.parse(options), new Agent());
        }

        Mount get() {
            Mount present = mount;
            if (present == null) {
                throw new IllegalStateException(name + " is not mounted");
            }
            return present;
        }

        int address() {
            return address;
        }

        boolean isMember() {
            return options.contains("quorum_slot_nr=");
        }

        boolean isMounted() {
            return mount != null;
        }

        Vfs vfs() {
            return get().vfs();
        }

        boolean leads() {
            Mount present = mount;
            QuorumStatus status = present == null ? null : present.quorumStatus();
            return status != null && status.isLeader();
        }

        /** Unmounts; runs in the simulation. */
        void unmount() throws FsException {
            get().close();
            mount = null;
        }

        /**
         * The machine dies from one moment to the next, mounting, mounted or leaving; what is left of the process is swept up. From the test's
         * thread.
         */
        void crash() throws Exception {
            Mount dying = get();
            cut();
            simulation.net().crash(address);
            simulation.run(() -> {
                dying.forceUnmount();
                dying.close();
            });
            mount = null;
        }

        /** Writes to both devices since this mount began. */
        long writes() {
            return metaDevice == null || dataDevice == null ? 0 : metaDevice.writes() + dataDevice.writes();
        }

        /** Each transfer of metadata takes so long from now on. */
        void slowMetadata(long nanos) {
            if (metaDevice != null) {
                metaDevice.slow(host.clock(), nanos);
            }
        }

        /** What a fence agent does. */
        void cut() {
            if (metaDevice != null && dataDevice != null) {
                metaDevice.cut();
                dataDevice.cut();
            }
        }
    }

    /** Fences whoever it is asked to, at once. */
    private final class Agent implements FenceRequests.View {
        @Override
        public void added(FenceRequest request) {
            fenced.add(request.reason().text() + " " + Long.toHexString(request.rid()) + " "
                    + request.addr().dotted());
            for (Node node : nodes) {
                if (agentCuts && node.mount != null && node.mount.rid() == request.rid()) {
                    node.cut();
                }
            }
            request.setFenced();
        }

        @Override
        public void removed(FenceRequest request) {}
    }

    /** A machine whose mounts are members of the quorum. */
    Node member(int slot) {
        return member(slot, "");
    }

    Node member(int slot, String moreOptions) {
        return add(new Node(slot, MEMBER_ADDRESS + slot, moreOptions));
    }

    /** A machine whose mounts are no members. */
    Node client() {
        return client("");
    }

    Node client(String moreOptions) {
        return add(new Node(-1, MEMBER_ADDRESS + 100 + nodes.size(), moreOptions));
    }

    private Node add(Node node) {
        nodes.add(node);
        return node;
    }

    /** Runs bodies at the same time, and returns when all have ended. */
    void together(List<? extends Callable<?>> bodies, long limitSeconds) throws Exception {
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        simulation.call(TimeUnit.SECONDS.toNanos(limitSeconds), () -> {
            List<Thread> threads = new ArrayList<>();
            for (Callable<?> body : bodies) {
                threads.add(nodes.getFirst().host.threads().virtual("body", () -> {
                    try {
                        body.call();
                    } catch (Throwable t) {
                        failures.add(t);
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            return true;
        });
        if (!failures.isEmpty()) {
            AssertionError error = new AssertionError(failures.getFirst());
            failures.forEach(error::addSuppressed);
            throw error;
        }
    }

    void mountAll(List<Node> which) throws Exception {
        together(
                which.stream()
                        .map(node -> (Callable<Boolean>) () -> {
                            node.mount();
                            return true;
                        })
                        .toList(),
                60);
    }

    /** Runs a body in the simulation, at most a virtual minute. */
    <T> T call(Callable<T> body) throws Exception {
        return simulation.call(TimeUnit.MINUTES.toNanos(1), body);
    }

    void run(Simulation.Body body) throws Exception {
        call(() -> {
            body.run();
            return true;
        });
    }

    void advanceSeconds(long seconds) {
        simulation.advance(TimeUnit.SECONDS.toNanos(seconds));
    }

    Node leader() {
        return nodes.stream()
                .filter(Node::leads)
                .findFirst()
                .orElseThrow(() -> new AssertionError("nobody of " + slots + " members leads"));
    }

    /** Brings everything that is committed or can be into the fs tree. */
    void mergeAll() throws Exception {
        leader().get().triggers().arm("log_merge_force_finalize_ours");
        for (Node node : nodes) {
            if (node.mount != null) {
                run(() -> node.vfs().syncfs());
            }
        }
        advanceSeconds(40);
    }

    /** How many mounts the volume knows as it is on the disk now. */
    long mountedClients() throws Exception {
        long[] count = new long[1];
        try (Host host = Host.system();
                MetaDevice device = new MetaDevice(meta.open(), host, 1);
                BlockCache cache = new BlockCache(
                        device, FSID, META_BYTES >>> 16, CacheLimits.of(16L << 20), new Counters(), new Triggers())) {
            new BtreeReader(cache)
                    .forEach(
                            new SuperBlockFile(device).read().mountedClients(),
                            Key.ZERO,
                            Key.MAX,
                            (key, seq, flags, block, offset, length) -> {
                                count[0]++;
                                return true;
                            });
        }
        return count[0];
    }

    /** Every invariant of the volume as it is on the disks now. */
    CheckReport check() throws Exception {
        try (Host checker = Host.system()) {
            return VolumeCheck.run(checker, meta.open(), data.open());
        }
    }

    static byte[] name(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A new file with contents in a directory; returns its number. */
    static long write(Vfs vfs, long dir, String name, byte[] contents) throws FsException {
        Vfs.Created created = vfs.create(ROOT, dir, name(name), 0644, Modes.O_WRONLY);
        try {
            vfs.write(created.file(), 0, MemorySegment.ofArray(contents), false);
        } finally {
            vfs.release(created.file());
            vfs.forget(created.attributes().ino(), 1);
        }
        return created.attributes().ino();
    }

    /** The first bytes of an open file. */
    static byte[] read(Vfs vfs, OpenFile file, int length) throws FsException {
        byte[] contents = new byte[length];
        int done = 0;
        while (done < length) {
            int got = vfs.read(file, done, MemorySegment.ofArray(contents).asSlice(done));
            if (got == 0) {
                break;
            }
            done += got;
        }
        return contents;
    }

    @Override
    public void close() {
        try {
            for (Node node : nodes) {
                if (node.mount != null) {
                    node.crash();
                }
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        try {
            simulation.close();
        } finally {
            meta.close();
            data.close();
        }
    }
}
