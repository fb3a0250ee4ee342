package org.scoutfs.mount;

import org.jspecify.annotations.Nullable;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.client.ServerClient;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.Types;
import org.scoutfs.format.Zones;
import org.scoutfs.format.wire.AllocInodes;
import org.scoutfs.format.wire.StatfsReply;
import org.scoutfs.fs.FsCluster;
import org.scoutfs.fs.StatfsResult;
import org.scoutfs.item.Forest;

/** The file system's questions to the server, over the mount's client. */
final class ClusterAccess implements FsCluster {
    private static final int BLOCKS_PER_META_BLOCK = 16;
    private static final int BYTES_PER_FILE = 2048;
    private static final int META_BLOCK_BYTES = 65536;

    private final ServerClient client;
    private final Runnable beforeStatfs;
    private final BtreeReader trees;
    private final Forest forest;

    /** @param beforeStatfs is run before each statfs: test events of the reference hang on it */
    ClusterAccess(ServerClient client, BtreeReader trees, Forest forest, Runnable beforeStatfs) {
        this.beforeStatfs = beforeStatfs;
        this.client = client;
        this.trees = trees;
        this.forest = forest;
    }

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
    public StatfsResult statfs() throws FsException {
        beforeStatfs.run();
        StatfsReply reply = client.statfs();
        long files = reply.totalMetaBlocks() * META_BLOCK_BYTES / BYTES_PER_FILE;
        long high = reply.uuid().getMostSignificantBits();
        long low = reply.uuid().getLeastSignificantBits();
        return new StatfsResult(
                reply.totalMetaBlocks() * BLOCKS_PER_META_BLOCK + reply.totalDataBlocks(),
                reply.freeMetaBlocks() * BLOCKS_PER_META_BLOCK + reply.freeDataBlocks(),
                files,
                files - reply.inodeCount(),
                foldUuid(high) | foldUuid(low) << 32);
    }

    /** Two 32-bit words of the uuid as stored, little-endian, one exclusive-ored with the other. */
    private static long foldUuid(long half) {
        long stored = Long.reverseBytes(half);
        return (stored ^ stored >>> 32) & 0xffff_ffffL;
    }

    @Override
    public long nextCommittedOrphan(long ino) throws FsException {
        BtreeItem item = trees.next(client.getRoots().fsRoot(), Keys.orphan(ino));
        if (item == null || item.key().zone() != Zones.ORPHAN || item.key().type() != Types.ORPHAN) {
            return 0;
        }
        return item.key().second();
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
