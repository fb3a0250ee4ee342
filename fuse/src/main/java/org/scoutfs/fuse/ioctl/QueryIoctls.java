package org.scoutfs.fuse.ioctl;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Le;
import org.scoutfs.vfs.ArchiveQueries.InoPath;
import org.scoutfs.vfs.ArchiveQueries.ReferringEntry;
import org.scoutfs.vfs.ArchiveQueries.SeqEntries;
import org.scoutfs.vfs.ArchiveQueries.SeqEntry;

/** Inodes by their changes, and the names of inodes. */
final class QueryIoctls {
    private static final int WALK_BYTES = 24;
    private static final int PATH_HEAD_BYTES = 24;
    private static final int INO_BYTES = 8;
    private static final int INOS_PER_GROUP = 1024;

    private static final int REFERRING_HEAD_BYTES = 29;
    private static final int REFERRING_ALIGN = 16;
    private static final int REFERRING_PIECE = 1024;
    private static final int REFERRING_LAST = 1;

    private QueryIoctls() {}

    /**
     * {@code first@0:entry last@24:entry entries_ptr@48 nr_entries@56:u32 index@60:u8 pad@61..71}, entries {@code major@0 ino@8 minor@16:u32
     * pad@20}. An error after some entries were delivered is a shorter list.
     */
    static int walkInodes(IoctlCall c) throws FsException {
        SeqEntry last = new SeqEntry(c.u64(24), c.u64(32));
        int index = c.u8(60);
        CallerArray out = new CallerArray(c, c.u64(48), WALK_BYTES, c.u32(56));
        SeqEntry from = new SeqEntry(c.u64(0), c.u64(8));
        try {
            while (from != null) {
                SeqEntries found = c.queries().walkInodes(index, from, last, out.wanted());
                from = out.add(encoded(out, found)) ? after(found) : null;
            }
        } catch (FsException e) {
            if (out.count() == 0) {
                throw e;
            }
        }
        return out.count();
    }

    private static @Nullable SeqEntry after(SeqEntries found) {
        long seq = found.seqs()[found.count() - 1];
        long ino = found.inos()[found.count() - 1];
        if (ino != -1) {
            return new SeqEntry(seq, ino + 1);
        }
        return seq == -1 ? null : new SeqEntry(seq + 1, 0);
    }

    private static MemorySegment encoded(CallerArray out, SeqEntries found) {
        MemorySegment piece = out.piece(found.count());
        for (int i = 0; i < found.count(); i++) {
            Le.put64(piece, (long) i * WALK_BYTES, found.seqs()[i]);
            Le.put64(piece, (long) i * WALK_BYTES + 8, found.inos()[i]);
        }
        return piece;
    }

    /**
     * {@code ino@0 dir_ino@8 dir_pos@16 result_ptr@24 result_bytes@32:u16 pad@34}, the result {@code dir_ino@0 dir_pos@8 path_bytes@16:u16 pad@18
     * path@24} with a NUL at its end, which counts.
     */
    static int inoPath(IoctlCall c) throws FsException {
        InoPath found = c.queries().inoPath(c.who(), c.u64(0), c.u64(8), c.u64(16));
        byte[] path = found.path();
        int bytes = PATH_HEAD_BYTES + path.length + 1;
        if (c.u16(32) < bytes) {
            throw new FsException(Errno.ENAMETOOLONG);
        }
        MemorySegment result = MemorySegment.ofArray(new byte[bytes]);
        Le.put64(result, 0, found.dirIno());
        Le.put64(result, 8, found.dirPos());
        Le.put16(result, 16, path.length + 1);
        MemorySegment.copy(path, 0, result, ValueLayout.JAVA_BYTE, PATH_HEAD_BYTES, path.length);
        c.memory().write(c.u64(24), result);
        return 0;
    }

    /** {@code start_ino@0 inos_ptr@8 inos_bytes@16}; numbers of 8 bytes. */
    static int allocatedInos(IoctlCall c) throws FsException {
        c.requireReadable();
        c.requireAdministrator();
        long address = c.u64(8);
        long room = Long.divideUnsigned(c.u64(16), INO_BYTES);
        if (address % INO_BYTES != 0 || room == 0) {
            throw new FsException(Errno.EINVAL);
        }
        long[] inos = c.queries().allocatedInos(c.who(), c.u64(0), Math.min(CallerArray.clamp(room), INOS_PER_GROUP));
        writeInos(c, address, inos);
        return inos.length;
    }

    static void writeInos(IoctlCall c, long address, long[] inos) throws FsException {
        if (inos.length > 0) {
            MemorySegment all = MemorySegment.ofArray(new byte[inos.length * INO_BYTES]);
            for (int i = 0; i < inos.length; i++) {
                Le.put64(all, (long) i * INO_BYTES, inos[i]);
            }
            c.memory().write(address, all);
        }
    }

    /**
     * {@code ino@0 dir_ino@8 dir_pos@16 entries_ptr@24 entries_bytes@32}, entries {@code dir_ino@0 dir_pos@8 ino@16 entry_bytes@24:u16 flags@26:u8
     * d_type@27:u8 name_len@28:u8 name@29} with a NUL at its end, padded with zeros to a multiple of 16.
     */
    static int referringEntries(IoctlCall c) throws FsException {
        long ino = c.u64(0);
        long dirIno = c.u64(8);
        long dirPos = c.u64(16);
        long address = c.u64(24);
        long room = c.u64(32);
        int count = 0;
        boolean more;
        do {
            List<ReferringEntry> found = c.queries().referringEntries(c.who(), ino, dirIno, dirPos, REFERRING_PIECE);
            int fit = 0;
            int bytes = 0;
            while (fit < found.size()
                    && Long.compareUnsigned(bytes + (long) referringBytes(found.get(fit)), room) <= 0) {
                bytes += referringBytes(found.get(fit++));
            }
            if (fit == 0 && count == 0 && !found.isEmpty()) {
                throw new FsException(Errno.EINVAL);
            }
            writeReferring(c, address, found.subList(0, fit), bytes);
            count += fit;
            address += bytes;
            room -= bytes;
            more = fit == REFERRING_PIECE && !found.getLast().last();
            if (more) {
                ReferringEntry next = found.getLast();
                dirPos = next.dirPos() + 1;
                dirIno = dirPos == 0 ? next.dirIno() + 1 : next.dirIno();
            }
        } while (more);
        return count;
    }

    private static int referringBytes(ReferringEntry entry) {
        int plain = REFERRING_HEAD_BYTES + entry.name().length + 1;
        return (plain + REFERRING_ALIGN - 1) / REFERRING_ALIGN * REFERRING_ALIGN;
    }

    private static void writeReferring(IoctlCall c, long address, List<ReferringEntry> entries, int bytes)
            throws FsException {
        if (bytes == 0) {
            return;
        }
        MemorySegment all = MemorySegment.ofArray(new byte[bytes]);
        long at = 0;
        for (ReferringEntry entry : entries) {
            int size = referringBytes(entry);
            byte[] name = entry.name();
            Le.put64(all, at, entry.dirIno());
            Le.put64(all, at + 8, entry.dirPos());
            Le.put64(all, at + 16, entry.ino());
            Le.put16(all, at + 24, size);
            Le.put8(all, at + 26, entry.last() ? REFERRING_LAST : 0);
            Le.put8(all, at + 27, entry.type());
            Le.put8(all, at + 28, name.length);
            MemorySegment.copy(name, 0, all, ValueLayout.JAVA_BYTE, at + REFERRING_HEAD_BYTES, name.length);
            at += size;
        }
        c.memory().write(address, all);
    }
}
