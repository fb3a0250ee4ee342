package org.scoutfs.server;

import java.util.List;
import java.util.UUID;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.CacheLimits;
import org.scoutfs.block.MetaDevice;
import org.scoutfs.block.SuperBlockFile;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.device.FaultDisk;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.MkfsImage;
import org.scoutfs.format.MkfsParameters;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.Timespec;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.host.TestHost;

/** A volume in memory with the services of a server, called directly: no network, no threads but the test's. */
final class ServerRig implements AutoCloseable {
    static final long FSID = 0x5b0591faeec8e477L;
    static final long META_BYTES = 16L << 30;
    static final long DATA_BYTES = 64L << 30;
    static final CacheLimits LIMITS = new CacheLimits(128L << 20, 640L << 20, 1, true);

    /** Failures are provoked on purpose; what is said about them would drown the report. */
    private static final Logger QUIET = Logger.getLogger("org.scoutfs.server");

    final TestHost host;
    final FaultDisk disk;
    final MetaDevice device;
    final Counters counters = new Counters();
    final Triggers triggers = new Triggers();
    final BlockCache cache;
    final FakePeers peers = new FakePeers();
    final ServerVolume volume;
    final ServerCommit commit;
    final ServerContext context;
    final SrchService srch;
    final VolumeOptionsService options;
    final LogTreesService logTrees;
    final LogMergeService logMerge;
    final MergedTreeFreeing freeing;
    final StatfsService statfs;
    final MountedClients mounted;
    final LockServer locks;
    final OpenInodeMap openInodes;
    final Reclaim reclaim;
    /** What log_merge_wait_timeout_ms is; 0 never waits. */
    int mergeWaitMs;

    boolean freeingWanted;

    private ServerRig(FaultDisk disk, long seed) throws FsException {
        QUIET.setLevel(Level.OFF);
        this.host = TestHost.create(seed);
        this.disk = disk;
        this.device = new MetaDevice(disk.open("server"), host, 1);
        SuperBlockFile superFile = new SuperBlockFile(device);
        SuperBlock found = superFile.read();
        this.cache = new BlockCache(device, found.fsid(), found.totalMetaBlocks(), LIMITS, counters, triggers);
        this.volume = new ServerVolume(cache, superFile, found, counters, triggers);
        this.commit = new ServerCommit(volume, counters);
        this.context = new ServerContext(
                volume,
                new ServerItems(volume),
                new ServerChanges(commit, volume),
                host.clock(),
                new StopSignal(host.clock()),
                new ServerOptions(() -> 24_000, () -> mergeWaitMs));
        this.srch = new SrchService(context, counters, triggers);
        this.options = new VolumeOptionsService(context);
        this.logTrees = new LogTreesService(context, srch, options, peers, counters, triggers);
        this.logMerge = new LogMergeService(context, () -> freeingWanted = true, counters);
        this.freeing = new MergedTreeFreeing(context);
        this.statfs = new StatfsService(context);
        this.mounted = new MountedClients(context, peers);
        this.locks = new LockServer(peers, volume::nextSeq, () -> false, counters);
        this.openInodes = new OpenInodeMap(peers, () -> false);
        this.reclaim = new Reclaim(context, locks, openInodes, logTrees, srch, logMerge, mounted);
        for (LogTrees trees : context.items().allLogTrees()) {
            volume.raiseSeq(trees.maxItemSeq());
        }
    }

    /** A new volume. */
    static ServerRig create(long seed) throws Exception {
        return open(mkfs(META_BYTES, DATA_BYTES, 0), seed);
    }

    /** The volume on a device, as a server that starts finds it. */
    static ServerRig open(MemoryDevice meta, long seed) throws FsException {
        return new ServerRig(new FaultDisk(meta, seed), seed);
    }

    /** The metadata device of a new volume with one quorum slot. */
    static MemoryDevice mkfs(long metaBytes, long dataBytes, int dataZoneBlocks) throws Exception {
        MkfsImage image = MkfsImage.of(new MkfsParameters(
                metaBytes,
                dataBytes,
                FSID,
                new UUID(1, 2),
                Timespec.ZERO,
                2,
                List.of(new MkfsParameters.QuorumSlot(0, InetAddr.parse("127.0.0.1", 42000))),
                dataZoneBlocks));
        MemoryDevice meta = MemoryDevice.create("meta", metaBytes);
        for (MkfsImage.Write write : image.writes()) {
            if (write.device() == MkfsImage.Device.META) {
                meta.write(write.offsetBytes(), write.bytes());
            }
        }
        return meta;
    }

    /** A mount that has greeted. */
    TestMount mount(long rid) throws FsException {
        greet(rid);
        return new TestMount(this, rid);
    }

    /** A mount that says hello and then nothing by itself. */
    void greet(long rid) throws FsException {
        peers.connect(rid);
        mounted.remember(new Greeting(FSID, 2, 0, rid, 0), InetAddr.parse("127.0.0.1", 1));
        mounted.connected(rid);
        openInodes.add(rid);
    }

    /** Lets merged trees be freed, as the worker does. */
    void freeMerged() throws FsException {
        freeingWanted = false;
        freeing.freeAll(() -> false);
    }

    /** Writes the dirty state. */
    void commitAll() throws FsException {
        context.changes().commit(() -> true);
    }

    /** Looks at the whole volume as it is on the device. */
    VolumeCheck check() throws FsException {
        return VolumeCheck.of(disk.image());
    }

    /** Stops without writing. Fails if blocks are left pinned. */
    @Override
    public void close() {
        volume.forget();
        cache.close();
        device.close();
        host.close();
    }
}
