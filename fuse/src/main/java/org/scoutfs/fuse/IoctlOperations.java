package org.scoutfs.fuse;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Le;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fuse.protocol.Request;
import org.scoutfs.fuse.protocol.Wire.IoctlIn;
import org.scoutfs.fuse.protocol.Wire.IoctlOut;
import org.scoutfs.vfs.VolumeDetails;
import org.scoutfs.vfs.VolumeDetails.AllocEntry;

/** The private ioctls (spec 5 section 2). Any other command is ENOTTY. */
final class IoctlOperations {
    private static final int STAT_MORE = 0x8038E805;
    private static final int STATFS_MORE = 0x8030E80A;
    private static final int ALLOC_DETAIL = 0x4010E80C;

    private static final int STAT_MORE_BYTES = 56;
    private static final int STATFS_MORE_BYTES = 48;

    private final Session session;

    IoctlOperations(Session session) {
        this.session = session;
    }

    int ioctl(Exchange x) throws FsException {
        return switch (x.request().int32(IoctlIn.CMD)) {
            case STAT_MORE -> statMore(x);
            case STATFS_MORE -> statfsMore(x);
            case ALLOC_DETAIL -> allocDetail(x);
            default -> throw new FsException(Errno.ENOTTY);
        };
    }

    /** {@code meta_seq@0 data_seq@8 data_version@16 online_blocks@24 offline_blocks@32 crtime_sec@40 crtime_nsec@48 pad@52}. */
    private int statMore(Exchange x) throws FsException {
        Attributes a = session.vfs.getattr(x.ino());
        MemorySegment out = result(x, 0, STAT_MORE_BYTES);
        Le.put64(out, 0, a.metaSeq());
        Le.put64(out, 8, a.dataSeq());
        Le.put64(out, 16, a.dataVersion());
        Le.put64(out, 24, a.onlineBlocks());
        Le.put64(out, 32, a.offlineBlocks());
        Le.put64(out, 40, a.crtime().seconds());
        Le.put32(out, 48, a.crtime().nanos());
        Le.put32(out, 52, 0);
        return IoctlOut.SIZE + STAT_MORE_BYTES;
    }

    /** {@code fsid@0 rid@8 committed_seq@16 total_meta_blocks@24 total_data_blocks@32 reserved_meta_blocks@40}. */
    private int statfsMore(Exchange x) throws FsException {
        VolumeDetails.StatfsMore s = session.vfs.details().statfsMore();
        MemorySegment out = result(x, 0, STATFS_MORE_BYTES);
        Le.put64(out, 0, s.fsid());
        Le.put64(out, 8, s.rid());
        Le.put64(out, 16, s.committedSeq());
        Le.put64(out, 24, s.totalMetaBlocks());
        Le.put64(out, 32, s.totalDataBlocks());
        Le.put64(out, 40, s.reservedMetaBlocks());
        return IoctlOut.SIZE + STATFS_MORE_BYTES;
    }

    /**
     * In: {@code entries_ptr@0 entries_nr@8}. Per entry {@code id@0 blocks@8 type@16 bits@17 pad@18}, 24 bytes, put into the caller's memory;
     * EOVERFLOW after those that fit.
     */
    private int allocDetail(Exchange x) throws FsException {
        Request r = x.request();
        long address = r.int64(IoctlIn.SIZE);
        long room = r.int64(IoctlIn.SIZE + 8);
        List<AllocEntry> entries = session.vfs.details().allocDetail();
        boolean tooMany = Long.compareUnsigned(entries.size(), room) > 0;
        int count = tooMany ? (int) room : entries.size();
        if (count > 0) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment all = arena.allocate(AllocDetailEntry.SIZE * (long) count, 8);
                for (int i = 0; i < count; i++) {
                    AllocDetailEntry.put(all, AllocDetailEntry.SIZE * (long) i, entries.get(i));
                }
                CallerMemory.write(x.request().pid(), address, all);
            }
        }
        if (tooMany) {
            throw new FsException(Errno.EOVERFLOW);
        }
        result(x, count, 0);
        return IoctlOut.SIZE;
    }

    private static final class AllocDetailEntry {
        static final int SIZE = 24;
        private static final int META = 1;
        private static final int AVAIL = 2;

        static void put(MemorySegment to, long at, AllocEntry entry) {
            Le.put64(to, at, entry.id());
            Le.put64(to, at + 8, entry.blocks());
            // type 0, the bits in the next byte, padding
            Le.put64(to, at + 16, (long) ((entry.meta() ? META : 0) | (entry.avail() ? AVAIL : 0)) << 8);
        }
    }

    /** Puts the reply's head. @return where {@code bytes} of the caller's argument follow */
    private static MemorySegment result(Exchange x, int result, int bytes) {
        x.reply().put32(IoctlOut.RESULT, result);
        x.reply().put32(IoctlOut.FLAGS, 0);
        x.reply().put64(IoctlOut.IOVECS, 0);
        return x.reply().body().asSlice(IoctlOut.SIZE, bytes);
    }
}
