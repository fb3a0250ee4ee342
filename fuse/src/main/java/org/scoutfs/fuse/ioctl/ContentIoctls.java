package org.scoutfs.fuse.ioctl;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Le;
import org.scoutfs.vfs.ArchiveFiles;
import org.scoutfs.vfs.ArchiveFiles.MappedExtent;
import org.scoutfs.vfs.ArchiveFiles.Waiting;

/** Contents of files: released, staged, punched, moved, waited for, mapped. */
final class ContentIoctls {
    private static final int WAITING_BYTES = 24;

    private static final int EXTENT_BYTES = 56;
    private static final long EXTENT_LAST = 0x1;
    private static final long EXTENT_UNKNOWN_DELALLOC = 0x6;
    private static final long EXTENT_UNWRITTEN = 0x800;
    /** FIEMAP_FLAG_SYNC: nothing to do, blocks are allocated when they are written. */
    private static final long MAP_SYNC = 1;

    private ContentIoctls() {}

    /** {@code offset@0 length@8 data_version@16}. */
    static int release(IoctlCall c) throws FsException {
        c.files().release(c.file(), c.u64(0), c.u64(8), c.u64(16));
        return 0;
    }

    /** {@code data_version@0 buf_ptr@8 offset@16 length@24:s32 pad@28}. */
    static int stage(IoctlCall c) throws FsException {
        long buffer = c.u64(8);
        ArchiveFiles.StageSource source = (position, to) -> {
            if (Long.compareUnsigned(buffer + position, buffer) < 0) {
                throw new FsException(Errno.EFAULT);
            }
            c.memory().read(buffer + position, to);
        };
        return c.files().stage(c.file(), c.u64(0), c.u64(16), c.s32(24), source);
    }

    /** {@code flags@0 after_ino@8 after_iblock@16 ents_ptr@24 ents_nr@32:u16 pad@34}; entries {@code ino@0 iblock@8 op@16:u8 pad@17}. */
    static int dataWaiting(IoctlCall c) throws FsException {
        CallerArray out = new CallerArray(c, c.u64(24), WAITING_BYTES, c.u16(32));
        long afterIno = c.u64(8);
        long afterBlock = c.u64(16);
        List<Waiting> found = c.files().dataWaiting(c.u64(0), afterIno, afterBlock, out.wanted());
        while (out.add(found, ContentIoctls::putWaiting)) {
            found = c.files()
                    .dataWaiting(
                            c.u64(0), found.getLast().ino(), found.getLast().block(), out.wanted());
        }
        return out.count();
    }

    private static void putWaiting(MemorySegment to, long at, Waiting entry) {
        Le.put64(to, at, entry.ino());
        Le.put64(to, at + 8, entry.block());
        Le.put8(to, at + 16, entry.ops());
    }

    /** {@code ino@0 data_version@8 offset@16 count@24 op@32 err@40:s64}; the version is ignored. */
    static int dataWaitErr(IoctlCall c) throws FsException {
        return c.files().dataWaitErr(c.who(), c.u64(0), c.u64(16), c.u64(24), c.u64(32), c.u64(40));
    }

    /** {@code from_fd@0 from_off@8 len@16 to_off@24 data_version@32 flags@40}. */
    static int moveBlocks(IoctlCall c) throws FsException {
        long descriptor = c.u64(0);
        c.files()
                .moveBlocks(
                        c.who(),
                        c.file(),
                        () -> c.descriptors().ino(descriptor),
                        c.u64(8),
                        c.u64(16),
                        c.u64(24),
                        c.u64(32),
                        c.u64(40));
        return 0;
    }

    /** {@code offset@0 len@8 data_version@16 flags@24}. */
    static int punchOffline(IoctlCall c) throws FsException {
        c.files().punchOffline(c.who(), c.file(), c.u64(0), c.u64(8), c.u64(16), c.u64(24));
        return 0;
    }

    /**
     * As FIEMAP, which FUSE does not forward (spec 5 section 2.7): {@code start@0 length@8 extents_ptr@16 extents_nr@24:u32 flags@28:u32
     * mapped@32:u32 pad@36}; extents {@code logical@0 physical@8 length@16 reserved@24 flags@40:u32 reserved@44}. With room for 0 extents
     * they are counted.
     */
    static int extents(IoctlCall c) throws FsException {
        long start = c.u64(0);
        long length = c.u64(8);
        int room = CallerArray.clamp(c.u32(24));
        if (length == 0 || (c.u32(28) & ~MAP_SYNC) != 0) {
            throw new FsException(Errno.EINVAL);
        }
        // The end of the last byte that an unsigned offset can name is left out.
        long end = Long.compareUnsigned(start + length, start) < 0 ? -1 : start + length;
        CallerArray out = new CallerArray(c, c.u64(16), EXTENT_BYTES, room);
        int mapped = 0;
        long at = start;
        boolean more;
        do {
            int limit = room == 0 ? CallerArray.PIECE_ENTRIES : out.wanted();
            List<MappedExtent> found = c.files().extents(c.ino(), at, end - at, limit);
            mapped += found.size();
            boolean full = room == 0 ? found.size() == limit : out.add(found, ContentIoctls::putExtent);
            more = full && !found.getLast().last();
            if (more) {
                at = found.getLast().logical() + found.getLast().length();
            }
        } while (more && Long.compareUnsigned(at, end) < 0);
        Le.put32(c.repliesCopy(), 32, mapped);
        return 0;
    }

    private static void putExtent(MemorySegment to, long at, MappedExtent extent) {
        Le.put64(to, at, extent.logical());
        Le.put64(to, at + 8, extent.physical());
        Le.put64(to, at + 16, extent.length());
        long flags = extent.offline() ? EXTENT_UNKNOWN_DELALLOC : extent.unwritten() ? EXTENT_UNWRITTEN : 0;
        Le.put32(to, at + 40, (int) (flags | (extent.last() ? EXTENT_LAST : 0)));
    }
}
