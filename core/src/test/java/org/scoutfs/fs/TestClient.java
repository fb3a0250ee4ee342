package org.scoutfs.fs;

import org.jspecify.annotations.Nullable;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.MetaDevice;
import org.scoutfs.block.SuperBlockFile;
import org.scoutfs.client.MountedClientItem;
import org.scoutfs.client.ServerClient;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.device.Access;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.Zones;
import org.scoutfs.format.wire.AllocInodes;
import org.scoutfs.fs.data.FileData;
import org.scoutfs.fs.quota.Quota;
import org.scoutfs.fs.xattr.Xattrs;
import org.scoutfs.item.Forest;
import org.scoutfs.item.ItemCache;
import org.scoutfs.item.WeakItemCache;
import org.scoutfs.lock.LockClient;
import org.scoutfs.net.ClientEvents;
import org.scoutfs.net.ServerLocator;
import org.scoutfs.trans.Transactions;
import org.scoutfs.vfs.LocalVfs;

/** The client side of a mount without file data and background workers, composed as a mount does it. */
public final class TestClient implements AutoCloseable {
    private static final long ITEM_CACHE_BYTES = 64L << 20;

    final TestFsOptions options = new TestFsOptions();
    final Counters counters = new Counters();
    private final MetaDevice metaDevice;
    private final BlockCache blocks;
    private final ServerClient client;
    private final LockClient locks;
    final Transactions transactions;
    final FsContext context;
    final SizeOnlyContents contents;
    final Quota quota;
    private final @Nullable FileData data;
    final FileSystem fs;
    public final LocalVfs vfs;

    /** @param withData false: files have a size only, {@link #contents} */
    TestClient(TestVolume volume, boolean withData) throws FsException {
        long rid = volume.host.random().nextLong(Long.MAX_VALUE - 1) + 1;
        Triggers triggers = new Triggers();
        this.metaDevice = new MetaDevice(volume.meta.open(Access.READ_WRITE), volume.host, 1);
        SuperBlockFile superFile = new SuperBlockFile(metaDevice);
        this.blocks = new BlockCache(
                metaDevice,
                volume.identity.fsid(),
                volume.superBlock.totalMetaBlocks(),
                TestVolume.LIMITS,
                counters,
                triggers);
        this.client = new ServerClient(
                volume.host,
                volume.identity,
                rid,
                false,
                24_000,
                () -> new ServerLocator.Location(volume.serverAddress(), 1),
                new MountedClientItem(superFile, blocks, rid),
                ClientEvents.NONE,
                counters);
        this.locks = new LockClient(client, volume.host, counters, 10_000);
        this.transactions =
                new Transactions(client, blocks, () -> volume.data.sizeBytes() >>> 12, volume.host, counters);
        Forest forest = new Forest(client, blocks, volume.host.clock(), locks::lastRefreshGeneration, counters);
        ItemCache items = new ItemCache(forest, transactions, ITEM_CACHE_BYTES, counters);
        WeakItemCache weak = new WeakItemCache(superFile, blocks, volume.host.clock(), ITEM_CACHE_BYTES / 8, counters);
        this.context = new FsContext(
                volume.host,
                counters,
                options,
                new Cluster(client, forest),
                locks,
                transactions,
                items,
                weak,
                new InodeTable(10_000));
        this.contents = new SizeOnlyContents(context);
        Xattrs xattrs = new Xattrs(context);
        this.quota = new Quota(context);
        this.data = withData ? new FileData(context, volume.data.open(Access.READ_WRITE), quota, xattrs) : null;
        this.fs = new FileSystem(context, data != null ? data : contents, xattrs, xattrs.acls(), quota);
        this.vfs = new LocalVfs(fs);
        locks.setInvalidator(fs.invalidator());
        locks.setTransactions(transactions);
        transactions.setParticipants(items, data != null ? data.dirtyData() : contents);
        client.setLocks(locks.messages());
        client.setOpenInodes(context.inodes()::openMap);
        client.setSyncLogTrees(transactions::requestCommit);
        client.start();
        transactions.start();
        fs.readRoot();
    }

    /** The least committed orphan wherever it is, so that tests need no log merge. */
    private record Cluster(ServerClient client, Forest forest) implements FsCluster {
        @Override
        public InoRange allocateInodes(long count) throws FsException {
            AllocInodes numbers = client.allocInodes(count);
            return new InoRange(numbers.ino(), numbers.nr());
        }

        @Override
        public long[] openInodeMap(long group) throws FsException {
            return client.openInoMap(group).bits();
        }

        @Override
        public StatfsResult statfs() {
            throw new UnsupportedOperationException();
        }

        @Override
        public long nextCommittedOrphan(long ino) throws FsException {
            Key key = forest.nextHint(Keys.orphan(ino));
            return key != null && key.zone() == Zones.ORPHAN ? key.second() : 0;
        }

        @Override
        public long lastStableSeq() throws FsException {
            return client.getLastSeq();
        }

        @Override
        public @Nullable Key nextCommittedKey(Key key) throws FsException {
            return forest.nextHint(key);
        }

        @Override
        public void resizeDevices(long metaBlocks, long dataBlocks) throws FsException {
            client.resizeDevices(metaBlocks, dataBlocks);
        }
    }

    /** How the next blocks are given ahead. */
    public void prealloc(long blocks, boolean contigOnly) {
        options.dataPreallocBlocks = blocks;
        options.dataPreallocContigOnly = contigOnly;
    }

    /** As if the volume had this version; inodes are not to be written while it is another. */
    public void formatVersion(long version) {
        options.formatVersion = version;
    }

    @Override
    public void close() {
        fs.contents().endWaits();
        fs.stop();
        locks.shutdown();
        transactions.close();
        client.farewell();
        client.close();
        locks.destroy();
        if (data != null) {
            data.close();
        }
        blocks.close();
        metaDevice.close();
    }
}
