package org.scoutfs.fuse.ioctl;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Le;
import org.scoutfs.vfs.ArchiveQueries.HiddenNames;
import org.scoutfs.vfs.ArchiveQueries.SearchResult;
import org.scoutfs.vfs.ArchiveQueries.XattrIndexEntry;
import org.scoutfs.vfs.ArchiveQueries.XattrPosition;
import org.scoutfs.vfs.ArchiveQueries.XattrTotal;

/** Extended attributes and what their tags collect: hidden names, searches, totals, indexes. */
final class XattrIoctls {
    /** One ioctl returns no more bytes of names. */
    private static final int MOST_NAME_BYTES = 1 << 20;

    private static final int MOST_NAME = 255;
    /** One ioctl finds no more inodes; its caller goes on behind the last one. */
    private static final int MOST_FOUND = 1_000_000;

    private static final long SEARCH_END = 1;
    private static final int SEARCH_OUTPUT_FLAGS = 32;

    private static final int TOTAL_BYTES = 40;
    private static final int INDEX_BYTES = 72;
    private static final int INDEX_ENTRY_BYTES = 24;

    private XattrIoctls() {}

    /** {@code id_pos@0 buf_ptr@8 buf_bytes@16:u32 hash_pos@20:u32}; the structure comes back with the positions advanced. */
    static int listHidden(IoctlCall c) throws FsException {
        int room = Math.min(CallerArray.clamp(c.u32(16)), MOST_NAME_BYTES);
        XattrPosition from = new XattrPosition(c.s32(20), c.u64(0));
        HiddenNames found = c.queries().listHidden(c.who(), c.ino(), from, room);
        int bytes = 0;
        for (byte[] name : found.names()) {
            bytes += name.length + 1;
        }
        if (bytes > 0) {
            MemorySegment all = MemorySegment.ofArray(new byte[bytes]);
            long at = 0;
            for (byte[] name : found.names()) {
                MemorySegment.copy(name, 0, all, ValueLayout.JAVA_BYTE, at, name.length);
                at += name.length + 1;
            }
            c.memory().write(c.u64(8), all);
        }
        MemorySegment out = c.repliesCopy();
        Le.put64(out, 0, found.next().id());
        Le.put32(out, 20, found.next().hash());
        return bytes;
    }

    /**
     * {@code next_ino@0 last_ino@8 name_ptr@16 inodes_ptr@24 output_flags@32 nr_inodes@40 name_bytes@48:u16 pad@50}. The command says that the
     * caller only writes, so the flags are stored in its memory.
     */
    static int search(IoctlCall c) throws FsException {
        c.requireReadable();
        c.requireAdministrator();
        int nameBytes = c.u16(48);
        if (nameBytes > MOST_NAME) {
            throw new FsException(Errno.EINVAL);
        }
        int room = Math.min(CallerArray.clamp(c.u64(40)), MOST_FOUND);
        if (room == 0 || Long.compareUnsigned(c.u64(8), c.u64(0)) < 0) {
            return 0;
        }
        byte[] name = new byte[nameBytes];
        c.memory().read(c.u64(16), MemorySegment.ofArray(name));
        SearchResult found = c.queries().searchXattrs(c.who(), name, c.u64(0), c.u64(8), room);
        QueryIoctls.writeInos(c, c.u64(24), found.inos());
        MemorySegment flags = MemorySegment.ofArray(new byte[Long.BYTES]);
        Le.put64(flags, 0, c.u64(SEARCH_OUTPUT_FLAGS) & ~SEARCH_END | (found.complete() ? SEARCH_END : 0));
        c.memory().write(c.address() + SEARCH_OUTPUT_FLAGS, flags);
        return found.inos().length;
    }

    /** {@code pos_name[3]@0 totals_ptr@24 totals_bytes@32}, totals {@code name[3]@0 total@24 count@32}. */
    static int totals(IoctlCall c) throws FsException {
        c.requireReadable();
        c.requireAdministrator();
        long room = Long.divideUnsigned(c.u64(32), TOTAL_BYTES);
        if (c.u64(24) % Long.BYTES != 0 || room == 0) {
            throw new FsException(Errno.EINVAL);
        }
        CallerArray out = new CallerArray(c, c.u64(24), TOTAL_BYTES, room);
        XattrTotal from = new XattrTotal(c.u64(0), c.u64(8), c.u64(16), 0, 0);
        while (from != null) {
            List<XattrTotal> found = c.queries().xattrTotals(c.who(), from.a(), from.b(), from.c(), out.wanted());
            from = out.add(found, XattrIoctls::putTotal) ? after(found.getLast()) : null;
        }
        return out.count();
    }

    private static @Nullable XattrTotal after(XattrTotal t) {
        if (t.c() != -1) {
            return new XattrTotal(t.a(), t.b(), t.c() + 1, 0, 0);
        }
        if (t.b() != -1) {
            return new XattrTotal(t.a(), t.b() + 1, 0, 0, 0);
        }
        return t.a() == -1 ? null : new XattrTotal(t.a() + 1, 0, 0, 0, 0);
    }

    private static void putTotal(MemorySegment to, long at, XattrTotal total) {
        Le.put64(to, at, total.a());
        Le.put64(to, at + 8, total.b());
        Le.put64(to, at + 16, total.c());
        Le.put64(to, at + 24, total.total());
        Le.put64(to, at + 32, total.count());
    }

    /**
     * {@code flags@0 first@8:entry last@32:entry entries_ptr@56 entries_nr@64}, entries {@code minor@0 ino@8 major@16:u8 pad@17}. The command says
     * that the caller only reads, so its structure is fetched; nothing is stored there.
     */
    static int index(IoctlCall c) throws FsException {
        c.requireAdministrator();
        c.fetch(INDEX_BYTES);
        XattrIndexEntry from = indexEntry(c, 8);
        XattrIndexEntry last = indexEntry(c, 32);
        CallerArray out = new CallerArray(c, c.u64(56), INDEX_ENTRY_BYTES, c.u64(64));
        while (from != null) {
            List<XattrIndexEntry> found = c.queries().xattrIndex(c.who(), from, last, out.wanted());
            // Behind the last one there is nothing, and asking would be an error.
            from = out.add(found, XattrIoctls::putIndexEntry)
                            && !found.getLast().equals(last)
                    ? after(found.getLast())
                    : null;
        }
        return out.count();
    }

    private static XattrIndexEntry indexEntry(IoctlCall c, int at) {
        return new XattrIndexEntry(c.u8(at + 16), c.u64(at), c.u64(at + 8));
    }

    private static @Nullable XattrIndexEntry after(XattrIndexEntry e) {
        if (e.ino() != -1) {
            return new XattrIndexEntry(e.major(), e.minor(), e.ino() + 1);
        }
        if (e.minor() != -1) {
            return new XattrIndexEntry(e.major(), e.minor() + 1, 0);
        }
        return e.major() == 255 ? null : new XattrIndexEntry(e.major() + 1, 0, 0);
    }

    private static void putIndexEntry(MemorySegment to, long at, XattrIndexEntry entry) {
        Le.put64(to, at, entry.minor());
        Le.put64(to, at + 8, entry.ino());
        Le.put8(to, at + 16, entry.major());
    }

    /** {@code name[3]@0 total@24:s64 count@32:s64}. */
    static int injectTotal(IoctlCall c) throws FsException {
        c.queries().injectTotal(c.who(), c.u64(0), c.u64(8), c.u64(16), c.u64(24), c.u64(32));
        return 0;
    }
}
