package org.scoutfs.mount;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.CacheLimits;
import org.scoutfs.block.MetaDevice;
import org.scoutfs.block.QuorumBlockFile;
import org.scoutfs.block.SuperBlockFile;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.client.MountedClientItem;
import org.scoutfs.client.ServerClient;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.QuorumConfig;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.format.wire.Roots;
import org.scoutfs.fs.FileSystem;
import org.scoutfs.fs.FsContext;
import org.scoutfs.fs.InodeTable;
import org.scoutfs.fs.data.FileData;
import org.scoutfs.fs.quota.Quota;
import org.scoutfs.fs.xattr.Xattrs;
import org.scoutfs.host.Host;
import org.scoutfs.host.MountIdent;
import org.scoutfs.item.Forest;
import org.scoutfs.item.ItemCache;
import org.scoutfs.item.WeakItemCache;
import org.scoutfs.lock.LockClient;
import org.scoutfs.lock.LockMode;
import org.scoutfs.lock.LockRange;
import org.scoutfs.net.ClientEvents;
import org.scoutfs.net.ConnectionStatus;
import org.scoutfs.net.ServerLocator;
import org.scoutfs.net.VolumeIdentity;
import org.scoutfs.quorum.EarlierLeaders;
import org.scoutfs.quorum.LeaderFinder;
import org.scoutfs.quorum.QuorumAgent;
import org.scoutfs.quorum.QuorumSlots;
import org.scoutfs.quorum.QuorumStatus;
import org.scoutfs.server.FenceRequests;
import org.scoutfs.server.Server;
import org.scoutfs.server.ServerConfig;
import org.scoutfs.server.ServerOptions;
import org.scoutfs.srch.SrchSearch;
import org.scoutfs.trans.Transactions;
import org.scoutfs.trans.work.LogMergeWorker;
import org.scoutfs.trans.work.SrchCompactWorker;
import org.scoutfs.vfs.LocalArchiveQueries;
import org.scoutfs.vfs.LocalVfs;

/**
 * A mounted volume. {@link #open} returns when the root directory was read and the first transaction is open; {@link #close} leaves the
 * cluster cleanly: everything is committed, and the server has taken back what this mount held.
 *
 * <p>Any number of mounts may exist in one JVM. All methods may be called by any thread.
 */
public final class Mount implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("org.scoutfs.mount");

    /** A volume with one member whose server failed to start so often is not waited for. */
    private static final int START_ATTEMPTS = 3;

    private final ThreadFailures threadFailures = new ThreadFailures();
    private final Host host;
    private final VolumeDevices devices;
    private final MountOptions options;
    private final Counters counters = new Counters();
    private final Triggers triggers = new Triggers();
    private final long rid;
    private final String ident;
    private final long fsid;
    private final long formatVersion;
    private final long openedNanos;

    private final MetaDevice metaDevice;
    private final BlockCache blocks;
    private final QuorumBlockFile quorumBlocks;
    private final QuorumConfig quorumConfig;
    private final ServerClient client;
    private final LockClient locks;
    private final Transactions transactions;
    private final ItemCache items;
    private final FileData fileData;
    private final FileSystem fileSystem;
    private final LocalVfs vfs;
    private final SrchCompactWorker srchWorker;
    private final LogMergeWorker mergeWorker;
    private final FenceRequests fences;
    private final @Nullable Server server;

    private final MountDebug debug;

    private final ReentrantLock closing = new ReentrantLock();
    private boolean closed;
    private volatile boolean forced;
    private volatile @Nullable QuorumAgent quorum;

    /**
     * Opens a volume on two block devices or regular files.
     *
     * @throws FsException with one sentence of what is wrong and what to do; nothing is left open
     */
    public static Mount open(Host host, Path meta, Path data, MountOptions options) throws FsException {
        return open(host, meta, data, options, FenceRequests.View.NONE, addr -> false);
    }

    /**
     * As {@link #open(Host, Path, Path, MountOptions)}.
     *
     * @param fenceView is shown the requests to fence other mounts while this one leads
     * @param isLocalAddress whether an address, which is not of the loopback network, belongs to this machine
     */
    public static Mount open(
            Host host,
            Path meta,
            Path data,
            MountOptions options,
            FenceRequests.View fenceView,
            Predicate<InetAddr> isLocalAddress)
            throws FsException {
        return start(host, VolumeDevices.open(meta, data, options.readOnly()), options, fenceView, isLocalAddress);
    }

    /** As {@link #open(Host, Path, Path, MountOptions)} on devices that are open; the mount closes them, also when this fails. */
    public static Mount open(Host host, BlockDevice meta, BlockDevice data, MountOptions options) throws FsException {
        return open(host, meta, data, options, FenceRequests.View.NONE);
    }

    /**
     * As {@link #open(Host, BlockDevice, BlockDevice, MountOptions)}.
     *
     * @param fenceView is shown the requests to fence other mounts while this one leads
     */
    public static Mount open(
            Host host, BlockDevice meta, BlockDevice data, MountOptions options, FenceRequests.View fenceView)
            throws FsException {
        return start(host, VolumeDevices.check(meta, data), options, fenceView, addr -> false);
    }

    private static Mount start(
            Host host,
            VolumeDevices devices,
            MountOptions options,
            FenceRequests.View fenceView,
            Predicate<InetAddr> isLocalAddress)
            throws FsException {
        Mount mount = new Mount(host, devices, options, fenceView, isLocalAddress);
        boolean done = false;
        try {
            MountIdent.call(mount.ident, () -> {
                mount.begin();
                return mount;
            });
            done = true;
            return mount;
        } finally {
            if (!done) {
                // a worker that waits for an answer would keep the teardown waiting for ever (R37)
                mount.forceUnmount();
                mount.close();
            }
        }
    }

    private Mount(
            Host machine,
            VolumeDevices devices,
            MountOptions options,
            FenceRequests.View fenceView,
            Predicate<InetAddr> isLocalAddress) {
        this.fsid = devices.superBlock().fsid();
        this.rid = newRid(machine);
        this.ident = String.format(Locale.ROOT, "f.%06x.r.%06x", fsid >>> 40, rid >>> 40);
        this.host = machine.watchedBy(threadFailures, ident);
        this.openedNanos = host.clock().nanoTime();
        this.options = options;
        this.devices = devices;
        SuperBlock found = devices.superBlock();
        this.formatVersion = found.formatVersion();
        VolumeIdentity volume = new VolumeIdentity(fsid, formatVersion);
        this.quorumConfig = found.quorumConfig();

        CacheLimits limits = CacheLimits.of(options.get(MountOption.META_CACHE));
        this.metaDevice = new MetaDevice(devices.meta(), host, limits.ioThreads());
        SuperBlockFile superBlock = new SuperBlockFile(metaDevice);
        this.quorumBlocks = new QuorumBlockFile(metaDevice, fsid);
        this.blocks = new BlockCache(metaDevice, fsid, found.totalMetaBlocks(), limits, counters, triggers);

        this.fences = new FenceRequests(
                host.clock(), new LocalFencing(host.clock(), devices.meta(), isLocalAddress, fenceView));
        this.client = new ServerClient(
                host,
                volume,
                rid,
                options.isQuorumMember(),
                options.get(MountOption.TCP_KEEPALIVE_TIMEOUT_MS),
                locator(new LeaderFinder(quorumBlocks, quorumConfig)),
                new MountedClientItem(superBlock, blocks, rid),
                new ClientEvents() {
                    @Override
                    public void evicted(String reason) {
                        LOG.log(System.Logger.Level.ERROR, "{0}; unmount and mount again", reason);
                        forceUnmount();
                    }
                },
                counters);
        this.locks = new LockClient(client, host, counters, options.getInt(MountOption.LOCK_IDLE_COUNT));
        this.transactions = new Transactions(client, blocks, this::totalDataBlocks, host, counters);
        Forest forest = new Forest(client, blocks, host.clock(), locks::lastRefreshGeneration, counters);
        this.items = new ItemCache(forest, transactions, options.get(MountOption.ITEM_CACHE), counters);
        WeakItemCache weakItems =
                new WeakItemCache(superBlock, blocks, host.clock(), options.get(MountOption.ITEM_CACHE) / 8, counters);
        LiveFsOptions fsOptions = new LiveFsOptions(options, formatVersion);
        FsContext context = new FsContext(
                host,
                counters,
                fsOptions,
                new ClusterAccess(client, new BtreeReader(blocks), forest, this::purgeLocksIfTriggered),
                locks,
                transactions,
                items,
                weakItems,
                new InodeTable(fsOptions.inodeCacheLimit()));
        Quota quota = new Quota(context);
        Xattrs xattrs = new Xattrs(context);
        this.fileData = new FileData(context, devices.data(), quota, xattrs);
        this.fileSystem = new FileSystem(context, fileData, xattrs, xattrs.acls(), quota);
        BtreeReader trees = new BtreeReader(blocks);
        this.vfs = new LocalVfs(
                fileSystem,
                new VolumeQuestions(fsid, rid, client, superBlock, trees),
                new LocalArchiveQueries(fileSystem, quota, new SrchSearch(blocks, trees, this::searchRoots, counters)));
        this.srchWorker = new SrchCompactWorker(client, blocks, host, counters, triggers);
        this.mergeWorker = new LogMergeWorker(client, blocks, host, counters, triggers);

        locks.setInvalidator(fileSystem.invalidator());
        locks.setTransactions(transactions);
        transactions.setParticipants(items, fileData.dirtyData());
        client.setLocks(locks.messages());
        client.setOpenInodes(context.inodes()::openMap);
        client.setSyncLogTrees(transactions::requestCommit);
        this.server = options.isQuorumMember()
                ? new Server(new ServerConfig(
                        host,
                        counters,
                        triggers,
                        blocks,
                        superBlock,
                        volume,
                        new EarlierLeaders(quorumBlocks, quorumConfig, fsid, rid, counters),
                        fences,
                        devices.meta()::sizeBytes,
                        devices.data()::sizeBytes,
                        quorumConfig.slot(options.getInt(MountOption.QUORUM_SLOT_NR)),
                        rid,
                        new ServerOptions(
                                () -> options.getInt(MountOption.TCP_KEEPALIVE_TIMEOUT_MS),
                                () -> options.getInt(MountOption.LOG_MERGE_WAIT_TIMEOUT_MS))))
                : null;
        this.debug = new MountDebug(client, server, locks, weakItems, quota, triggers);
    }

    private static long newRid(Host host) {
        long rid = host.random().nextNonZeroLong();
        while (rid == -1L) {
            rid = host.random().nextNonZeroLong();
        }
        return rid;
    }

    private static ServerLocator locator(LeaderFinder finder) {
        return () -> {
            LeaderFinder.Leader leader = finder.find();
            return leader == null ? null : new ServerLocator.Location(leader.address(), leader.term());
        };
    }

    private SrchSearch.Roots searchRoots() throws FsException {
        Roots roots = client.getRoots();
        return new SrchSearch.Roots(roots.srchRoot(), roots.logsRoot());
    }

    private long totalDataBlocks() {
        return devices.data().sizeBytes() >>> VolumeLayout.SMALL_BLOCK_SHIFT;
    }

    /** The order of spec 3 section 14.1: the agent before the client, or a volume of one member never gets a server. */
    private void begin() throws FsException {
        threadFailures.setEnd(this::threadFailed);
        declareAlive();
        // also of a mount without slot: it would look for a server that cannot be reached
        QuorumSlots.check(quorumConfig);
        if (server != null) {
            int slot = options.getInt(MountOption.QUORUM_SLOT_NR);
            QuorumSlots.check(quorumConfig, slot);
            quorum = QuorumAgent.start(
                    host,
                    quorumBlocks,
                    quorumConfig,
                    fsid,
                    slot,
                    rid,
                    () -> options.get(MountOption.QUORUM_HEARTBEAT_TIMEOUT_MS),
                    server,
                    counters);
        }
        client.start();
        srchWorker.start();
        awaitServer();
        fileSystem.readRoot();
        transactions.start();
        fileSystem.start();
        mergeWorker.start();
    }

    /** The first thing that waits for a server, and the only wait that an interrupt ends. */
    private void awaitServer() throws FsException {
        try (ServerWatch watch = new ServerWatch(host, this::whyNoServer)) {
            try {
                locks.lockInterruptibly(LockRange.inodeGroup(VolumeLayout.ROOT_INO), LockMode.READ)
                        .unlock(LockMode.READ);
            } catch (FsException e) {
                FsException reason = watch.reason();
                throw reason == null ? e : reason;
            }
        }
    }

    /** Why waiting for a server is in vain, as far as this mount knows; null while there is hope. */
    private @Nullable FsException whyNoServer() {
        QuorumAgent agent = quorum;
        Server own = server;
        if (agent == null || own == null) {
            return null;
        }
        FsException failure = agent.failure();
        if (failure != null) {
            return new FsException(failure.errno(), "cannot take part in the quorum: " + failure.getMessage(), failure);
        }
        // others may lead where there are others
        FsException start = quorumConfig.countPresent() == 1 ? own.startFailure(START_ATTEMPTS) : null;
        return start == null
                ? null
                : new FsException(
                        start.errno(), "the server of this volume cannot start: " + start.getMessage(), start);
    }

    private void declareAlive() throws FsException {
        try {
            if (!devices.meta().markAlive(rid)) {
                LOG.log(
                        System.Logger.Level.DEBUG,
                        "''{0}'' cannot tell others on this machine that this mount lives",
                        devices.meta().name());
            }
        } catch (IOException e) {
            throw new FsException(Errno.EIO, "cannot lock '" + devices.meta().name() + "': " + e.getMessage(), e);
        }
    }

    /** POSIX operations on this mount. */
    public LocalVfs vfs() {
        return vfs;
    }

    public MountOptions options() {
        return options;
    }

    public Counters counters() {
        return counters;
    }

    /** One-shot test switches of spec 2 section 13. */
    public Triggers triggers() {
        return triggers;
    }

    /** Volume id. */
    public long fsid() {
        return fsid;
    }

    /** Random id of this mount. */
    public long rid() {
        return rid;
    }

    /** {@code f.FFFFFF.r.RRRRRR}: how log lines and the runtime directory name this mount. */
    public String ident() {
        return ident;
    }

    /** 1 or 2. */
    public long formatVersion() {
        return formatVersion;
    }

    public BlockDevice metaDevice() {
        return devices.meta();
    }

    public BlockDevice dataDevice() {
        return devices.data();
    }

    /** What the quorum agent of this member does; null for a client. */
    public @Nullable QuorumStatus quorumStatus() {
        QuorumAgent agent = quorum;
        return agent == null ? null : agent.status();
    }

    /** Test event of the reference: the next statfs gives back all locks that nobody uses. */
    private void purgeLocksIfTriggered() {
        if (triggers.fire("statfs_lock_purge")) {
            locks.purge();
        }
    }

    /** Its inside, for people who debug it. */
    public MountDebug debug() {
        return debug;
    }

    /** What it does now. */
    public MountActivity activity() {
        long now = host.clock().nanoTime();
        InetAddr server = client.connections().stream()
                .filter(ConnectionStatus::greeted)
                .map(ConnectionStatus::peer)
                .findFirst()
                .orElse(null);
        return new MountActivity(now - openedNanos, now - transactions.lastCommitNanos(), locks.heldLocks(), server);
    }

    /** Requests to fence other mounts, while this one leads. */
    public FenceRequests fences() {
        return fences;
    }

    /** The mount's client: volume options, free space and other questions to the leader. */
    public ServerClient client() {
        return client;
    }

    /** Pause between this mount's searches for srch files to compact. */
    public int srchCompactDelayMs() {
        return srchWorker.delayMs();
    }

    /** @throws FsException EINVAL outside of 1000..60000 */
    public void setSrchCompactDelayMs(int delayMs) throws FsException {
        if (delayMs < SrchCompactWorker.MIN_DELAY_MS || delayMs > SrchCompactWorker.MAX_DELAY_MS) {
            throw new FsException(
                    Errno.EINVAL,
                    "invalid compact_delay_ms value " + delayMs + ", must be between " + SrchCompactWorker.MIN_DELAY_MS
                            + " and " + SrchCompactWorker.MAX_DELAY_MS);
        }
        srchWorker.setDelayMs(delayMs);
    }

    /** Changes an option that may change; what depends on it follows at once. */
    public void setOption(MountOption option, String value) throws FsException {
        options.set(option, value);
        switch (option) {
            case LOCK_IDLE_COUNT -> locks.setIdleCount(options.getInt(option));
            case ORPHAN_SCAN_DELAY_MS -> fileSystem.orphanScan().delayChanged();
            default -> {
                // read at each use
            }
        }
    }

    /**
     * Stops all I/O at once and loses what was not committed; callers get ENOLINK. The cluster will fence this mount. {@link #close} must
     * still be called.
     */
    public void forceUnmount() {
        boolean already = forced;
        forced = true;
        // all of them may be repeated: an earlier call may have failed on its way, out of memory
        metaDevice.forceUnmount();
        fileData.forceUnmount();
        blocks.forceUnmount();
        QuorumAgent agent = quorum;
        if (agent != null) {
            agent.forceUnmount();
        }
        client.forceUnmount();
        transactions.forceUnmount();
        if (!already) {
            MountIdent.run(
                    ident,
                    () -> LOG.log(
                            System.Logger.Level.WARNING, "forcing unmount, can return errors and lose unsynced data"));
        }
    }

    /**
     * Forces the mount down because something that used it failed in a way that nobody expects, in the midst of a change: what is half changed
     * must not be committed, and other mounts must not wait for locks that nobody gives back.
     */
    public void failAfter(Throwable failure) {
        threadFailures.uncaughtException(Thread.currentThread(), failure);
    }

    /** A thread of this mount ended with an exception: without it the mount would only seem to work. */
    private void threadFailed(Thread thread, Throwable failure) {
        forceUnmount();
        LOG.log(
                System.Logger.Level.ERROR,
                "thread {0} failed: {1}; unmount and mount again",
                thread.getName(),
                failure);
    }

    /** Whether {@link #forceUnmount} was called or the cluster has given this mount up. */
    public boolean isForced() {
        return forced;
    }

    /**
     * Commits everything, leaves the cluster, and closes the devices, in the order of spec 3 section 14.2. Waits for a leader, and as a
     * member of the last majority for the others (spec 3 section 7). Nobody may use the mount any more. Does nothing the second time.
     */
    @Override
    public void close() throws FsException {
        MountIdent.call(ident, () -> {
            leave();
            return this;
        });
    }

    private void leave() throws FsException {
        closing.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            client.setSyncLogTrees(() -> {});
            fileData.endWaits();
            fileSystem.stop();
            mergeWorker.close();
            srchWorker.close();
            locks.shutdown();
            transactions.close();
            if (!forced) {
                client.farewell();
            }
            client.close();
            QuorumAgent agent = quorum;
            if (agent != null) {
                agent.close();
            }
            locks.destroy();
            fileData.close();
            blocks.close();
            metaDevice.close();
            devices.close();
        } finally {
            closing.unlock();
        }
    }

    @Override
    public String toString() {
        return "mount " + ident;
    }
}
