package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * Value of an inode item, 168 bytes, in format version 1 160 bytes, spec 1 section 12.1. Mutable; belongs to whoever created it
 * and has no synchronisation.
 *
 * <pre>
 * off len field
 *   0   8 size
 *   8   8 meta_seq
 *  16   8 data_seq
 *  24   8 data_version
 *  32   8 online_blocks
 *  40   8 offline_blocks
 *  48   8 next_readdir_pos
 *  56   8 next_xattr_id
 *  64   8 version
 *  72   4 nlink
 *  76   4 uid
 *  80   4 gid
 *  84   4 mode
 *  88   4 rdev
 *  92   4 flags
 *  96  16 atime
 * 112  16 ctime
 * 128  16 mtime
 * 144  16 crtime
 * 160   8 proj               version 2
 * </pre>
 */
public final class InodeItem {
    /** Bytes in format version 2. */
    public static final int SIZE = 168;
    /** Bytes in format version 1; such values stay valid in a volume of version 2. */
    public static final int SIZE_V1 = 160;

    /** A truncate to {@code size} was begun: extents past it must be removed. */
    public static final int FLAG_TRUNCATE = 1;
    /** Contents and attributes are immutable; version 2. */
    public static final int FLAG_RETENTION = 2;

    private static final int FILE_SIZE = 0;
    private static final int META_SEQ = 8;
    private static final int DATA_SEQ = 16;
    private static final int DATA_VERSION = 24;
    private static final int ONLINE_BLOCKS = 32;
    private static final int OFFLINE_BLOCKS = 40;
    private static final int NEXT_READDIR_POS = 48;
    private static final int NEXT_XATTR_ID = 56;
    private static final int VERSION = 64;
    private static final int NLINK = 72;
    private static final int UID = 76;
    private static final int GID = 80;
    private static final int MODE = 84;
    private static final int RDEV = 88;
    private static final int FLAGS = 92;
    private static final int ATIME = 96;
    private static final int CTIME = 112;
    private static final int MTIME = 128;
    private static final int CRTIME = 144;
    private static final int PROJ = 160;

    private long size;
    private long metaSeq;
    private long dataSeq;
    private long dataVersion;
    private long onlineBlocks;
    private long offlineBlocks;
    private long nextReaddirPos;
    private long nextXattrId;
    private long version;
    private int nlink;
    private int uid;
    private int gid;
    private int mode;
    private int rdev;
    private int flags;
    private Timespec atime = Timespec.ZERO;
    private Timespec ctime = Timespec.ZERO;
    private Timespec mtime = Timespec.ZERO;
    private Timespec crtime = Timespec.ZERO;
    private long proj;

    /** An inode with all fields zero. */
    public InodeItem() {}

    /** Bytes of the values written in {@code formatVersion}. */
    public static int sizeFor(long formatVersion) {
        return formatVersion == 1 ? SIZE_V1 : SIZE;
    }

    /** Whether {@code length} is that of an inode value of any version. */
    public static boolean isSize(int length) {
        return length == SIZE || length == SIZE_V1;
    }

    /**
     * Reads the value of {@code length} bytes at {@code off}; fields that a shorter value lacks are zero.
     *
     * @throws IllegalArgumentException if the length is neither 160 nor 168
     */
    public static InodeItem read(MemorySegment seg, long off, int length) {
        checkLength(length);
        InodeItem inode = new InodeItem();
        inode.size = Le.u64(seg, off + FILE_SIZE);
        inode.metaSeq = Le.u64(seg, off + META_SEQ);
        inode.dataSeq = Le.u64(seg, off + DATA_SEQ);
        inode.dataVersion = Le.u64(seg, off + DATA_VERSION);
        inode.onlineBlocks = Le.u64(seg, off + ONLINE_BLOCKS);
        inode.offlineBlocks = Le.u64(seg, off + OFFLINE_BLOCKS);
        inode.nextReaddirPos = Le.u64(seg, off + NEXT_READDIR_POS);
        inode.nextXattrId = Le.u64(seg, off + NEXT_XATTR_ID);
        inode.version = Le.u64(seg, off + VERSION);
        inode.nlink = Le.i32(seg, off + NLINK);
        inode.uid = Le.i32(seg, off + UID);
        inode.gid = Le.i32(seg, off + GID);
        inode.mode = Le.i32(seg, off + MODE);
        inode.rdev = Le.i32(seg, off + RDEV);
        inode.flags = Le.i32(seg, off + FLAGS);
        inode.atime = Timespec.read(seg, off + ATIME);
        inode.ctime = Timespec.read(seg, off + CTIME);
        inode.mtime = Timespec.read(seg, off + MTIME);
        inode.crtime = Timespec.read(seg, off + CRTIME);
        if (length == SIZE) {
            inode.proj = Le.u64(seg, off + PROJ);
        }
        return inode;
    }

    /**
     * Stores {@code length} bytes.
     *
     * @throws IllegalArgumentException if the length is neither 160 nor 168
     */
    public void write(MemorySegment seg, long off, int length) {
        checkLength(length);
        Le.put64(seg, off + FILE_SIZE, size);
        Le.put64(seg, off + META_SEQ, metaSeq);
        Le.put64(seg, off + DATA_SEQ, dataSeq);
        Le.put64(seg, off + DATA_VERSION, dataVersion);
        Le.put64(seg, off + ONLINE_BLOCKS, onlineBlocks);
        Le.put64(seg, off + OFFLINE_BLOCKS, offlineBlocks);
        Le.put64(seg, off + NEXT_READDIR_POS, nextReaddirPos);
        Le.put64(seg, off + NEXT_XATTR_ID, nextXattrId);
        Le.put64(seg, off + VERSION, version);
        Le.put32(seg, off + NLINK, nlink);
        Le.put32(seg, off + UID, uid);
        Le.put32(seg, off + GID, gid);
        Le.put32(seg, off + MODE, mode);
        Le.put32(seg, off + RDEV, rdev);
        Le.put32(seg, off + FLAGS, flags);
        atime.write(seg, off + ATIME);
        ctime.write(seg, off + CTIME);
        mtime.write(seg, off + MTIME);
        crtime.write(seg, off + CRTIME);
        if (length == SIZE) {
            Le.put64(seg, off + PROJ, proj);
        }
    }

    /** An independent copy. */
    public InodeItem copy() {
        InodeItem copy = new InodeItem();
        copy.size = size;
        copy.metaSeq = metaSeq;
        copy.dataSeq = dataSeq;
        copy.dataVersion = dataVersion;
        copy.onlineBlocks = onlineBlocks;
        copy.offlineBlocks = offlineBlocks;
        copy.nextReaddirPos = nextReaddirPos;
        copy.nextXattrId = nextXattrId;
        copy.version = version;
        copy.nlink = nlink;
        copy.uid = uid;
        copy.gid = gid;
        copy.mode = mode;
        copy.rdev = rdev;
        copy.flags = flags;
        copy.atime = atime;
        copy.ctime = ctime;
        copy.mtime = mtime;
        copy.crtime = crtime;
        copy.proj = proj;
        return copy;
    }

    /** Bytes; see the table of section 12.1 for other than regular files. */
    public long size() {
        return size;
    }

    public void setSize(long value) {
        size = value;
    }

    /** Seq of the last transaction that changed the inode. */
    public long metaSeq() {
        return metaSeq;
    }

    public void setMetaSeq(long value) {
        metaSeq = value;
    }

    /** Seq of the last transaction that changed contents or size. */
    public long dataSeq() {
        return dataSeq;
    }

    public void setDataSeq(long value) {
        dataSeq = value;
    }

    /** Incremented whenever contents or size change. */
    public long dataVersion() {
        return dataVersion;
    }

    public void setDataVersion(long value) {
        dataVersion = value;
    }

    /** Mapped and written blocks of 4096 bytes. */
    public long onlineBlocks() {
        return onlineBlocks;
    }

    public void setOnlineBlocks(long value) {
        onlineBlocks = value;
    }

    /** Blocks of 4096 bytes whose contents are in an archive. */
    public long offlineBlocks() {
        return offlineBlocks;
    }

    public void setOfflineBlocks(long value) {
        offlineBlocks = value;
    }

    /** Directory: position of the next new entry. */
    public long nextReaddirPos() {
        return nextReaddirPos;
    }

    public void setNextReaddirPos(long value) {
        nextReaddirPos = value;
    }

    /** Id of the next new xattr. */
    public long nextXattrId() {
        return nextXattrId;
    }

    public void setNextXattrId(long value) {
        nextXattrId = value;
    }

    /** Change counter, incremented by each change. */
    public long version() {
        return version;
    }

    public void setVersion(long value) {
        version = value;
    }

    /** Links, unsigned; 0 = orphan. */
    public int nlink() {
        return nlink;
    }

    public void setNlink(int value) {
        nlink = value;
    }

    /** Owner, unsigned. */
    public int uid() {
        return uid;
    }

    public void setUid(int value) {
        uid = value;
    }

    /** Group, unsigned. */
    public int gid() {
        return gid;
    }

    public void setGid(int value) {
        gid = value;
    }

    /** {@code st_mode} with the file type bits. */
    public int mode() {
        return mode;
    }

    public void setMode(int value) {
        mode = value;
    }

    /** Device number {@code (major << 20) | minor}. */
    public int rdev() {
        return rdev;
    }

    public void setRdev(int value) {
        rdev = value;
    }

    /** {@link #FLAG_TRUNCATE}, {@link #FLAG_RETENTION}. */
    public int flags() {
        return flags;
    }

    public void setFlags(int value) {
        flags = value;
    }

    /** Last access. */
    public Timespec atime() {
        return atime;
    }

    public void setAtime(Timespec value) {
        atime = value;
    }

    /** Last change of the inode. */
    public Timespec ctime() {
        return ctime;
    }

    public void setCtime(Timespec value) {
        ctime = value;
    }

    /** Last change of the contents. */
    public Timespec mtime() {
        return mtime;
    }

    public void setMtime(Timespec value) {
        mtime = value;
    }

    /** Creation. */
    public Timespec crtime() {
        return crtime;
    }

    public void setCrtime(Timespec value) {
        crtime = value;
    }

    /** Project id; version 2, reads as 0 from a version 1 item. */
    public long proj() {
        return proj;
    }

    public void setProj(long value) {
        proj = value;
    }

    private static void checkLength(int length) {
        if (!isSize(length)) {
            throw new IllegalArgumentException("inode item of " + length + " bytes, expected 160 or 168");
        }
    }

    @Override
    public String toString() {
        return "InodeItem[mode=%o, nlink=%d, uid=%d, gid=%d, size=%d, flags=%x, metaSeq=%d, dataSeq=%d, version=%d]"
                .formatted(mode, nlink, uid, gid, size, flags, metaSeq, dataSeq, version);
    }
}
