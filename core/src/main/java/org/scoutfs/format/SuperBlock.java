package org.scoutfs.format;

import java.lang.foreign.MemorySegment;
import java.util.UUID;

/**
 * The super block ({@code struct scoutfs_super_block}), 1488 bytes in a small block, spec 1 section 6: everything a volume holds
 * is reachable from the one on the metadata device. Mutable; belongs to whoever created it and has no synchronisation.
 *
 * <pre>
 *  off len field
 *    0  32 header              seq counts super writes
 *   32   8 id                  zero
 *   40   8 fmt_vers            1 or 2
 *   48   8 flags               bit 0: metadata device
 *   56  16 uuid                in its normal byte order
 *   72   8 seq                 volume sequence counter
 *   80   8 next_ino
 *   88   8 inode_count
 *   96   8 total_meta_blocks   large blocks
 *  104   8 total_data_blocks   small blocks
 *  112 488 qconf
 *  600 2*40 meta_alloc
 *  680  40 data_alloc
 *  720 2*32 server_meta_avail
 *  784 2*32 server_meta_freed
 *  848  24 fs_root
 *  872  24 logs_root
 *  896  24 log_merge
 *  920  24 mounted_clients
 *  944  24 srch_root
 *  968 520 volopt
 * </pre>
 */
public final class SuperBlock {
    /** Bytes of the structure; the rest of the block is zero. */
    public static final int SIZE = 1488;
    /** Set in the copy on the metadata device. */
    public static final long FLAG_META_DEVICE = 1;

    private static final int ID = 32;
    private static final int FORMAT_VERSION = 40;
    private static final int FLAGS = 48;
    private static final int UUID_BYTES = 56;
    private static final int SEQ = 72;
    private static final int NEXT_INO = 80;
    private static final int INODE_COUNT = 88;
    private static final int TOTAL_META_BLOCKS = 96;
    private static final int TOTAL_DATA_BLOCKS = 104;
    private static final int QUORUM_CONFIG = 112;
    private static final int META_ALLOC = 600;
    private static final int DATA_ALLOC = 680;
    private static final int SERVER_META_AVAIL = 720;
    private static final int SERVER_META_FREED = 784;
    private static final int FS_ROOT = 848;
    private static final int LOGS_ROOT = 872;
    private static final int LOG_MERGE = 896;
    private static final int MOUNTED_CLIENTS = 920;
    private static final int SRCH_ROOT = 944;
    private static final int VOLUME_OPTIONS = 968;

    private BlockHeader header = BlockHeader.ZERO;
    private long id;
    private long formatVersion;
    private long flags;
    private UUID uuid = new UUID(0, 0);
    private long seq;
    private long nextIno;
    private long inodeCount;
    private long totalMetaBlocks;
    private long totalDataBlocks;
    private QuorumConfig quorumConfig = QuorumConfig.EMPTY;
    private final AllocExtentRoot[] metaAlloc = {AllocExtentRoot.EMPTY, AllocExtentRoot.EMPTY};
    private AllocExtentRoot dataAlloc = AllocExtentRoot.EMPTY;
    private final AllocListHead[] serverMetaAvail = {AllocListHead.EMPTY, AllocListHead.EMPTY};
    private final AllocListHead[] serverMetaFreed = {AllocListHead.EMPTY, AllocListHead.EMPTY};
    private BtreeRoot fsRoot = BtreeRoot.EMPTY;
    private BtreeRoot logsRoot = BtreeRoot.EMPTY;
    private BtreeRoot logMerge = BtreeRoot.EMPTY;
    private BtreeRoot mountedClients = BtreeRoot.EMPTY;
    private BtreeRoot srchRoot = BtreeRoot.EMPTY;
    private VolumeOptions volumeOptions = VolumeOptions.NONE;

    /** A super block with all fields zero. */
    public SuperBlock() {}

    public static SuperBlock read(MemorySegment seg, long off) {
        SuperBlock block = new SuperBlock();
        block.header = BlockHeader.read(seg, off);
        block.id = Le.u64(seg, off + ID);
        block.formatVersion = Le.u64(seg, off + FORMAT_VERSION);
        block.flags = Le.u64(seg, off + FLAGS);
        block.uuid = new UUID(bigEndian(seg, off + UUID_BYTES), bigEndian(seg, off + UUID_BYTES + Long.BYTES));
        block.seq = Le.u64(seg, off + SEQ);
        block.nextIno = Le.u64(seg, off + NEXT_INO);
        block.inodeCount = Le.u64(seg, off + INODE_COUNT);
        block.totalMetaBlocks = Le.u64(seg, off + TOTAL_META_BLOCKS);
        block.totalDataBlocks = Le.u64(seg, off + TOTAL_DATA_BLOCKS);
        block.quorumConfig = QuorumConfig.read(seg, off + QUORUM_CONFIG);
        block.metaAlloc[0] = AllocExtentRoot.read(seg, off + META_ALLOC);
        block.metaAlloc[1] = AllocExtentRoot.read(seg, off + META_ALLOC + AllocExtentRoot.SIZE);
        block.dataAlloc = AllocExtentRoot.read(seg, off + DATA_ALLOC);
        block.serverMetaAvail[0] = AllocListHead.read(seg, off + SERVER_META_AVAIL);
        block.serverMetaAvail[1] = AllocListHead.read(seg, off + SERVER_META_AVAIL + AllocListHead.SIZE);
        block.serverMetaFreed[0] = AllocListHead.read(seg, off + SERVER_META_FREED);
        block.serverMetaFreed[1] = AllocListHead.read(seg, off + SERVER_META_FREED + AllocListHead.SIZE);
        block.fsRoot = BtreeRoot.read(seg, off + FS_ROOT);
        block.logsRoot = BtreeRoot.read(seg, off + LOGS_ROOT);
        block.logMerge = BtreeRoot.read(seg, off + LOG_MERGE);
        block.mountedClients = BtreeRoot.read(seg, off + MOUNTED_CLIENTS);
        block.srchRoot = BtreeRoot.read(seg, off + SRCH_ROOT);
        block.volumeOptions = VolumeOptions.read(seg, off + VOLUME_OPTIONS);
        return block;
    }

    /** Stores the structure's 1488 bytes. */
    public void write(MemorySegment seg, long off) {
        header.write(seg, off);
        Le.put64(seg, off + ID, id);
        Le.put64(seg, off + FORMAT_VERSION, formatVersion);
        Le.put64(seg, off + FLAGS, flags);
        Le.put64(seg, off + UUID_BYTES, Long.reverseBytes(uuid.getMostSignificantBits()));
        Le.put64(seg, off + UUID_BYTES + Long.BYTES, Long.reverseBytes(uuid.getLeastSignificantBits()));
        Le.put64(seg, off + SEQ, seq);
        Le.put64(seg, off + NEXT_INO, nextIno);
        Le.put64(seg, off + INODE_COUNT, inodeCount);
        Le.put64(seg, off + TOTAL_META_BLOCKS, totalMetaBlocks);
        Le.put64(seg, off + TOTAL_DATA_BLOCKS, totalDataBlocks);
        quorumConfig.write(seg, off + QUORUM_CONFIG);
        metaAlloc[0].write(seg, off + META_ALLOC);
        metaAlloc[1].write(seg, off + META_ALLOC + AllocExtentRoot.SIZE);
        dataAlloc.write(seg, off + DATA_ALLOC);
        serverMetaAvail[0].write(seg, off + SERVER_META_AVAIL);
        serverMetaAvail[1].write(seg, off + SERVER_META_AVAIL + AllocListHead.SIZE);
        serverMetaFreed[0].write(seg, off + SERVER_META_FREED);
        serverMetaFreed[1].write(seg, off + SERVER_META_FREED + AllocListHead.SIZE);
        fsRoot.write(seg, off + FS_ROOT);
        logsRoot.write(seg, off + LOGS_ROOT);
        logMerge.write(seg, off + LOG_MERGE);
        mountedClients.write(seg, off + MOUNTED_CLIENTS);
        srchRoot.write(seg, off + SRCH_ROOT);
        volumeOptions.write(seg, off + VOLUME_OPTIONS);
    }

    /** Stores the whole small block, 4096 bytes, with its checksum. The header's crc field of this object is left alone. */
    public void writeBlock(MemorySegment seg, long off) {
        write(seg, off);
        Le.zero(seg, off + SIZE, VolumeLayout.SMALL_BLOCK_SIZE - SIZE);
        BlockHeader.seal(seg, off, VolumeLayout.SMALL_BLOCK_SIZE);
    }

    /** An independent copy. */
    public SuperBlock copy() {
        SuperBlock copy = new SuperBlock();
        copy.header = header;
        copy.id = id;
        copy.formatVersion = formatVersion;
        copy.flags = flags;
        copy.uuid = uuid;
        copy.seq = seq;
        copy.nextIno = nextIno;
        copy.inodeCount = inodeCount;
        copy.totalMetaBlocks = totalMetaBlocks;
        copy.totalDataBlocks = totalDataBlocks;
        copy.quorumConfig = quorumConfig;
        copy.metaAlloc[0] = metaAlloc[0];
        copy.metaAlloc[1] = metaAlloc[1];
        copy.dataAlloc = dataAlloc;
        copy.serverMetaAvail[0] = serverMetaAvail[0];
        copy.serverMetaAvail[1] = serverMetaAvail[1];
        copy.serverMetaFreed[0] = serverMetaFreed[0];
        copy.serverMetaFreed[1] = serverMetaFreed[1];
        copy.fsRoot = fsRoot;
        copy.logsRoot = logsRoot;
        copy.logMerge = logMerge;
        copy.mountedClients = mountedClients;
        copy.srchRoot = srchRoot;
        copy.volumeOptions = volumeOptions;
        return copy;
    }

    /** The block for a new data device of {@code newTotalDataBlocks}: only what identifies the volume (section 6.1). */
    public SuperBlock replacementForDataDevice(long newTotalDataBlocks) {
        SuperBlock data = new SuperBlock();
        data.header = header.withSeq(1);
        data.id = id;
        data.formatVersion = formatVersion;
        data.flags = flags & ~FLAG_META_DEVICE;
        data.uuid = uuid;
        data.seq = seq;
        data.totalMetaBlocks = totalMetaBlocks;
        data.totalDataBlocks = newTotalDataBlocks;
        return data;
    }

    /** Whether this is the copy of the metadata device. */
    public boolean isMetaDevice() {
        return (flags & FLAG_META_DEVICE) != 0;
    }

    /** Id that all blocks of the volume carry. */
    public long fsid() {
        return header.fsid();
    }

    /** Header as read or set; its crc is not kept up to date. */
    public BlockHeader header() {
        return header;
    }

    public void setHeader(BlockHeader value) {
        header = value;
    }

    /** Format version, 1 or 2. */
    public long formatVersion() {
        return formatVersion;
    }

    public void setFormatVersion(long value) {
        formatVersion = value;
    }

    /** Flags: {@link #FLAG_META_DEVICE}. */
    public long flags() {
        return flags;
    }

    public void setFlags(long value) {
        flags = value;
    }

    /** The volume's random uuid. */
    public UUID uuid() {
        return uuid;
    }

    public void setUuid(UUID value) {
        uuid = value;
    }

    /** Volume sequence counter as of this commit. */
    public long seq() {
        return seq;
    }

    public void setSeq(long value) {
        seq = value;
    }

    /** Lowest inode number never handed out. */
    public long nextIno() {
        return nextIno;
    }

    public void setNextIno(long value) {
        nextIno = value;
    }

    /** Inodes whose creation or deletion has been merged into the fs root. */
    public long inodeCount() {
        return inodeCount;
    }

    public void setInodeCount(long value) {
        inodeCount = value;
    }

    /** Large blocks on the metadata device, reserved ones included. */
    public long totalMetaBlocks() {
        return totalMetaBlocks;
    }

    public void setTotalMetaBlocks(long value) {
        totalMetaBlocks = value;
    }

    /** Small blocks on the data device, reserved ones included. */
    public long totalDataBlocks() {
        return totalDataBlocks;
    }

    public void setTotalDataBlocks(long value) {
        totalDataBlocks = value;
    }

    /** Addresses of the quorum slots. */
    public QuorumConfig quorumConfig() {
        return quorumConfig;
    }

    public void setQuorumConfig(QuorumConfig value) {
        quorumConfig = value;
    }

    /** Free metadata extents, {@code index} 0 or 1. */
    public AllocExtentRoot metaAlloc(int index) {
        return metaAlloc[index];
    }

    public void setMetaAlloc(int index, AllocExtentRoot value) {
        metaAlloc[index] = value;
    }

    /** Free data extents not lent to a mount. */
    public AllocExtentRoot dataAlloc() {
        return dataAlloc;
    }

    public void setDataAlloc(AllocExtentRoot value) {
        dataAlloc = value;
    }

    /** Blocks the server may allocate, {@code index} 0 or 1. */
    public AllocListHead serverMetaAvail(int index) {
        return serverMetaAvail[index];
    }

    public void setServerMetaAvail(int index, AllocListHead value) {
        serverMetaAvail[index] = value;
    }

    /** Blocks the server has freed, {@code index} 0 or 1. */
    public AllocListHead serverMetaFreed(int index) {
        return serverMetaFreed[index];
    }

    public void setServerMetaFreed(int index, AllocListHead value) {
        serverMetaFreed[index] = value;
    }

    /** Merged file system items. */
    public BtreeRoot fsRoot() {
        return fsRoot;
    }

    public void setFsRoot(BtreeRoot value) {
        fsRoot = value;
    }

    /** {@link LogTrees} items. */
    public BtreeRoot logsRoot() {
        return logsRoot;
    }

    public void setLogsRoot(BtreeRoot value) {
        logsRoot = value;
    }

    /** Log merge items. */
    public BtreeRoot logMerge() {
        return logMerge;
    }

    public void setLogMerge(BtreeRoot value) {
        logMerge = value;
    }

    /** {@link MountedClient} items. */
    public BtreeRoot mountedClients() {
        return mountedClients;
    }

    public void setMountedClients(BtreeRoot value) {
        mountedClients = value;
    }

    /** {@link SrchFile} and {@link SrchCompact} items. */
    public BtreeRoot srchRoot() {
        return srchRoot;
    }

    public void setSrchRoot(BtreeRoot value) {
        srchRoot = value;
    }

    /** Options all mounts share. */
    public VolumeOptions volumeOptions() {
        return volumeOptions;
    }

    public void setVolumeOptions(VolumeOptions value) {
        volumeOptions = value;
    }

    private static long bigEndian(MemorySegment seg, long off) {
        return Long.reverseBytes(Le.u64(seg, off));
    }

    @Override
    public String toString() {
        return "SuperBlock[fsid=%016x, headerSeq=%d, version=%d, flags=%x, uuid=%s, seq=%d, nextIno=%d, inodeCount=%d]"
                .formatted(header.fsid(), header.seq(), formatVersion, flags, uuid, seq, nextIno, inodeCount);
    }
}
