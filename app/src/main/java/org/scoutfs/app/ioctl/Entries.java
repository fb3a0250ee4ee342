package org.scoutfs.app.ioctl;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Le;
import org.scoutfs.format.Timespec;
import org.scoutfs.vfs.ArchiveFiles.AttrX;
import org.scoutfs.vfs.ArchiveFiles.Waiting;
import org.scoutfs.vfs.ArchiveQueries.ReferringEntry;
import org.scoutfs.vfs.ArchiveQueries.SeqEntry;
import org.scoutfs.vfs.ArchiveQueries.XattrIndexEntry;
import org.scoutfs.vfs.ArchiveQueries.XattrTotal;
import org.scoutfs.vfs.VolumeDetails.AllocEntry;

/** What lies in the buffers of answers (spec 5 section 2.4). */
final class Entries {
    static final int ALLOC_BYTES = 24;
    static final int WAITING_BYTES = 24;
    static final int SEQ_BYTES = 24;
    static final int TOTAL_BYTES = 40;
    static final int INDEX_BYTES = 24;
    static final int ATTR_X_BYTES = 104;

    private static final int REFERRING_FIXED = 29;

    private Entries() {}

    interface Entry<T> {
        T read(MemorySegment memory, long offset);
    }

    /** @throws FsException EIO if there are more than there is room for */
    static <T> List<T> list(MemorySegment memory, int count, int bytes, Entry<T> entry) throws FsException {
        checkRoom(memory, (long) count * bytes);
        List<T> found = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            found.add(entry.read(memory, (long) i * bytes));
        }
        return found;
    }

    static long[] numbers(MemorySegment memory, int count) throws FsException {
        checkRoom(memory, (long) count * Long.BYTES);
        long[] numbers = new long[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = Le.u64(memory, (long) i * Long.BYTES);
        }
        return numbers;
    }

    private static void checkRoom(MemorySegment memory, long bytes) throws FsException {
        if (bytes > memory.byteSize()) {
            throw new FsException(
                    Errno.EIO, "the mount claims to have written " + bytes + " bytes into " + memory.byteSize());
        }
    }

    static AllocEntry alloc(MemorySegment s, long at) {
        int bits = Le.u8(s, at + 17);
        return new AllocEntry(Le.u64(s, at), Le.u64(s, at + 8), (bits & 1) != 0, (bits & 2) != 0);
    }

    static Waiting waiting(MemorySegment s, long at) {
        return new Waiting(Le.u64(s, at), Le.u64(s, at + 8), Le.u8(s, at + 16));
    }

    static SeqEntry seq(MemorySegment s, long at) {
        return new SeqEntry(Le.u64(s, at), Le.u64(s, at + 8));
    }

    static XattrTotal total(MemorySegment s, long at) {
        return new XattrTotal(
                Le.u64(s, at), Le.u64(s, at + 8), Le.u64(s, at + 16), Le.u64(s, at + 24), Le.u64(s, at + 32));
    }

    static XattrIndexEntry index(MemorySegment s, long at) {
        return new XattrIndexEntry(Le.u8(s, at + 16), Le.u64(s, at), Le.u64(s, at + 8));
    }

    /** Names that each end with a NUL. */
    static List<byte[]> names(MemorySegment memory, int bytes) throws FsException {
        checkRoom(memory, bytes);
        List<byte[]> names = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < bytes; i++) {
            if (Le.u8(memory, i) == 0) {
                names.add(Le.bytes(memory, from, i - from));
                from = i + 1;
            }
        }
        return names;
    }

    static List<ReferringEntry> referring(MemorySegment memory, int count) throws FsException {
        List<ReferringEntry> found = new ArrayList<>();
        long at = 0;
        for (int i = 0; i < count; i++) {
            checkRoom(memory, at + REFERRING_FIXED);
            int bytes = Le.u16(memory, at + 24);
            int nameBytes = Le.u8(memory, at + 28);
            checkRoom(memory, at + REFERRING_FIXED + nameBytes);
            found.add(new ReferringEntry(
                    Le.u64(memory, at),
                    Le.u64(memory, at + 8),
                    Le.u64(memory, at + 16),
                    Le.u8(memory, at + 27),
                    Le.bytes(memory, at + REFERRING_FIXED, nameBytes),
                    (Le.u8(memory, at + 26) & 1) != 0));
            at += bytes;
        }
        return found;
    }

    static AttrX attrX(MemorySegment s) {
        return new AttrX(
                Le.u64(s, 0),
                Le.u64(s, 8),
                Le.u64(s, 16),
                Le.u64(s, 24),
                Le.u64(s, 32),
                Le.u64(s, 40),
                Le.u64(s, 48),
                new Timespec(Le.u64(s, 56), Le.i32(s, 64)),
                new Timespec(Le.u64(s, 72), Le.i32(s, 68)),
                Le.u64(s, 80),
                (Le.u64(s, 88) & 1) != 0,
                Le.u64(s, 96));
    }

    static void putAttrX(Argument a, AttrX x) {
        a.put64(0, x.mask()).put64(8, x.flags()).put64(16, x.metaSeq()).put64(24, x.dataSeq());
        a.put64(32, x.dataVersion()).put64(40, x.onlineBlocks()).put64(48, x.offlineBlocks());
        a.put64(56, x.ctime().seconds()).put32(64, x.ctime().nanos());
        a.put32(68, x.crtime().nanos()).put64(72, x.crtime().seconds());
        a.put64(80, x.size()).put64(88, x.retention() ? 1 : 0).put64(96, x.projectId());
    }
}
