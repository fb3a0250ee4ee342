package org.scoutfs.fuse.ioctl;

import java.lang.foreign.MemorySegment;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Le;
import org.scoutfs.fs.Attributes;
import org.scoutfs.vfs.ArchiveFiles;
import org.scoutfs.vfs.ArchiveFiles.AttrX;

/** Attributes of inodes beyond stat. */
final class AttributeIoctls {
    private static final int STAT_MORE_BYTES = 56;
    private static final int RETENTION_BIT = 1;

    /** What a bit of the mask asks for and where in the structure of {@link #getAttrX} it ends. */
    private enum Field {
        META_SEQ(ArchiveFiles.ATTR_META_SEQ, 24),
        DATA_SEQ(ArchiveFiles.ATTR_DATA_SEQ, 32),
        DATA_VERSION(ArchiveFiles.ATTR_DATA_VERSION, 40),
        ONLINE_BLOCKS(ArchiveFiles.ATTR_ONLINE_BLOCKS, 48),
        OFFLINE_BLOCKS(ArchiveFiles.ATTR_OFFLINE_BLOCKS, 56),
        CTIME(ArchiveFiles.ATTR_CTIME, 68),
        CRTIME(ArchiveFiles.ATTR_CRTIME, 80),
        SIZE(ArchiveFiles.ATTR_SIZE, 88),
        RETENTION(ArchiveFiles.ATTR_RETENTION, 96),
        PROJECT_ID(ArchiveFiles.ATTR_PROJECT_ID, 104);

        final long bit;
        final int end;

        Field(long bit, int end) {
            this.bit = bit;
            this.end = end;
        }
    }

    private AttributeIoctls() {}

    /** {@code meta_seq@0 data_seq@8 data_version@16 online_blocks@24 offline_blocks@32 crtime_sec@40 crtime_nsec@48:u32 pad@52}. */
    static int statMore(IoctlCall c) throws FsException {
        Attributes a = c.vfs().getattr(c.ino());
        MemorySegment out = c.replies(STAT_MORE_BYTES);
        Le.put64(out, 0, a.metaSeq());
        Le.put64(out, 8, a.dataSeq());
        Le.put64(out, 16, a.dataVersion());
        Le.put64(out, 24, a.onlineBlocks());
        Le.put64(out, 32, a.offlineBlocks());
        Le.put64(out, 40, a.crtime().seconds());
        Le.put32(out, 48, a.crtime().nanos());
        return 0;
    }

    /** {@code data_version@0 i_size@8 flags@16 ctime_sec@24 ctime_nsec@32:u32 crtime_nsec@36:u32 crtime_sec@40}. */
    static int setattrMore(IoctlCall c) throws FsException {
        c.files().setattrMore(c.who(), c.file(), c.u64(0), c.u64(8), c.u64(16), c.time(24, 32), c.time(40, 36));
        return 0;
    }

    /**
     * {@code x_mask@0 x_flags@8 meta_seq@16 data_seq@24 data_version@32 online_blocks@40 offline_blocks@48 ctime_sec@56 ctime_nsec@64:u32
     * crtime_nsec@68:u32 crtime_sec@72 size@80 bits@88 project_id@96}. The command says that the caller only writes, so its structure is
     * stored in its memory, up to the last field that was asked for; what was not asked for stays.
     */
    static int getAttrX(IoctlCall c) throws FsException {
        long mask = c.u64(0);
        if (mask == 0) {
            return 0;
        }
        AttrX a = c.files().getAttrX(c.ino(), mask, c.u64(8));
        MemorySegment out = c.copy();
        int end = 0;
        for (Field field : Field.values()) {
            if ((mask & field.bit) != 0) {
                put(out, field, a);
                end = field.end;
            }
        }
        c.memory().write(c.address(), out.asSlice(0, end));
        return 0;
    }

    private static void put(MemorySegment out, Field field, AttrX a) {
        switch (field) {
            case META_SEQ -> Le.put64(out, 16, a.metaSeq());
            case DATA_SEQ -> Le.put64(out, 24, a.dataSeq());
            case DATA_VERSION -> Le.put64(out, 32, a.dataVersion());
            case ONLINE_BLOCKS -> Le.put64(out, 40, a.onlineBlocks());
            case OFFLINE_BLOCKS -> Le.put64(out, 48, a.offlineBlocks());
            case CTIME -> {
                Le.put64(out, 56, a.ctime().seconds());
                Le.put32(out, 64, a.ctime().nanos());
            }
            case CRTIME -> {
                Le.put32(out, 68, a.crtime().nanos());
                Le.put64(out, 72, a.crtime().seconds());
            }
            case SIZE -> Le.put64(out, 80, a.size());
            case RETENTION -> Le.put64(out, 88, a.retention() ? RETENTION_BIT : 0);
            case PROJECT_ID -> Le.put64(out, 96, a.projectId());
        }
    }

    /** The structure of {@link #getAttrX}. */
    static int setAttrX(IoctlCall c) throws FsException {
        AttrX a = new AttrX(
                c.u64(0),
                c.u64(8),
                c.u64(16),
                c.u64(24),
                c.u64(32),
                c.u64(40),
                c.u64(48),
                c.time(56, 64),
                c.time(72, 68),
                c.u64(80),
                (c.u64(88) & RETENTION_BIT) != 0,
                c.u64(96));
        c.files().setAttrX(c.who(), c.ino(), a);
        return 0;
    }
}
