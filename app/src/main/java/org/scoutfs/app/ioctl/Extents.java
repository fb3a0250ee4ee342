package org.scoutfs.app.ioctl;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Le;
import org.scoutfs.vfs.ArchiveFiles.MappedExtent;

/**
 * The two ways to ask for extents, FIEMAP and our own ioctl of the same entries (spec 5 section 2.7).
 *
 * <pre>
 * entry, 56 bytes: logical u64 @0, physical u64 @8, length u64 @16, reserved, flags u32 @40
 * </pre>
 */
final class Extents {
    private static final int ENTRY_BYTES = 56;
    private static final int FIEMAP_BYTES = 32;
    private static final int GET_EXTENTS_BYTES = 40;

    private static final int LAST = 0x1;
    private static final int UNKNOWN = 0x2;
    private static final int UNWRITTEN = 0x800;

    private Extents() {}

    /** {@code struct fiemap}: start u64 @0, length u64 @8, flags u32 @16, mapped u32 @20, count u32 @24, then the entries @32. */
    static List<MappedExtent> fiemap(int fd, long offset, long length, int limit) throws FsException {
        try (Argument a = new Argument(fd, FIEMAP_BYTES + limit * ENTRY_BYTES)) {
            a.put64(0, offset).put64(8, length).put32(24, limit).call(Commands.FS_IOC_FIEMAP);
            return Entries.list(a.struct().asSlice(FIEMAP_BYTES), Le.i32(a.struct(), 20), ENTRY_BYTES, Extents::extent);
        }
    }

    static List<MappedExtent> getExtents(int fd, long offset, long length, int limit) throws FsException {
        try (Argument a = new Argument(fd, GET_EXTENTS_BYTES)) {
            MemorySegment entries = a.buffer(16, (long) limit * ENTRY_BYTES);
            a.put64(0, offset).put64(8, length).put32(24, limit).call(Commands.GET_EXTENTS);
            return Entries.list(entries, Le.i32(a.struct(), 32), ENTRY_BYTES, Extents::extent);
        }
    }

    private static MappedExtent extent(MemorySegment s, long at) {
        int flags = Le.i32(s, at + 40);
        return new MappedExtent(
                Le.u64(s, at),
                Le.u64(s, at + 8),
                Le.u64(s, at + 16),
                (flags & UNKNOWN) != 0,
                (flags & UNWRITTEN) != 0,
                (flags & LAST) != 0);
    }
}
