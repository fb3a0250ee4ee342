package org.scoutfs.fuse.ioctl;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Le;
import org.scoutfs.vfs.VolumeDetails.AllocEntry;
import org.scoutfs.vfs.VolumeDetails.StatfsMore;

/** The volume as a whole. */
final class VolumeIoctls {
    private static final int STATFS_MORE_BYTES = 48;
    private static final int ALLOC_ENTRY_BYTES = 24;
    private static final int META = 1;
    private static final int AVAIL = 2;

    private VolumeIoctls() {}

    /** {@code fsid@0 rid@8 committed_seq@16 total_meta_blocks@24 total_data_blocks@32 reserved_meta_blocks@40}. */
    static int statfsMore(IoctlCall c) throws FsException {
        StatfsMore s = c.vfs().details().statfsMore();
        MemorySegment out = c.replies(STATFS_MORE_BYTES);
        Le.put64(out, 0, s.fsid());
        Le.put64(out, 8, s.rid());
        Le.put64(out, 16, s.committedSeq());
        Le.put64(out, 24, s.totalMetaBlocks());
        Le.put64(out, 32, s.totalDataBlocks());
        Le.put64(out, 40, s.reservedMetaBlocks());
        return 0;
    }

    /** {@code entries_ptr@0 entries_nr@8}, entries {@code id@0 blocks@8 type@16:u8 bits@17:u8 pad@18}; EOVERFLOW after those that fit. */
    static int allocDetail(IoctlCall c) throws FsException {
        CallerArray out = new CallerArray(c, c.u64(0), ALLOC_ENTRY_BYTES, c.u64(8));
        List<AllocEntry> entries = c.vfs().details().allocDetail();
        int done = 0;
        while (done < entries.size() && out.wanted() > 0) {
            int next = Math.min(entries.size(), done + out.wanted());
            out.add(entries.subList(done, next), VolumeIoctls::putAllocEntry);
            done = next;
        }
        if (done < entries.size()) {
            throw new FsException(Errno.EOVERFLOW);
        }
        return out.count();
    }

    private static void putAllocEntry(MemorySegment to, long at, AllocEntry entry) {
        Le.put64(to, at, entry.id());
        Le.put64(to, at + 8, entry.blocks());
        Le.put8(to, at + 17, (entry.meta() ? META : 0) | (entry.avail() ? AVAIL : 0));
    }

    /** {@code new_total_meta_blocks@0 new_total_data_blocks@8}. */
    static int resizeDevices(IoctlCall c) throws FsException {
        c.requireReadable();
        c.queries().resizeDevices(c.who(), c.u64(0), c.u64(8));
        return 0;
    }
}
