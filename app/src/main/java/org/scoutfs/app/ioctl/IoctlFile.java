package org.scoutfs.app.ioctl;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.scoutfs.app.Failures;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Le;
import org.scoutfs.format.QuotaRule;
import org.scoutfs.format.Timespec;
import org.scoutfs.vfs.ArchiveFiles.AttrX;
import org.scoutfs.vfs.ArchiveFiles.MappedExtent;
import org.scoutfs.vfs.ArchiveFiles.Waiting;
import org.scoutfs.vfs.ArchiveQueries.HiddenNames;
import org.scoutfs.vfs.ArchiveQueries.InoPath;
import org.scoutfs.vfs.ArchiveQueries.ReferringEntry;
import org.scoutfs.vfs.ArchiveQueries.RulePosition;
import org.scoutfs.vfs.ArchiveQueries.Rules;
import org.scoutfs.vfs.ArchiveQueries.SearchResult;
import org.scoutfs.vfs.ArchiveQueries.SeqEntry;
import org.scoutfs.vfs.ArchiveQueries.XattrIndexEntry;
import org.scoutfs.vfs.ArchiveQueries.XattrPosition;
import org.scoutfs.vfs.ArchiveQueries.XattrTotal;
import org.scoutfs.vfs.VolumeDetails.AllocEntry;
import org.scoutfs.vfs.VolumeDetails.StatfsMore;

/**
 * An open file or directory of a mount, with one method for each private ioctl (spec 5 section 2.5). Of use to many threads at once, though
 * not while it is closed. A call may block for as long as the cluster has no leader, and keeps its platform thread meanwhile.
 *
 * <p>Failures carry the errno of the ioctl and no text. Lists hold at most {@code limit} entries and are empty at the end.
 */
public final class IoctlFile implements AutoCloseable {
    private static final int HANDLE_BYTES = 16;
    private static final int HANDLE_INO = 0x81;
    private static final int PATH_BYTES_MAX = 65_535;
    private static final int REFERRING_BYTES = 64 << 10;
    private static final int LIMIT_MAX = 1 << 20;
    private static final int WAITING_MAX = 65_535;
    private static final int ALLOC_ENTRIES_FIRST = 4096;
    private static final int ALLOC_ENTRIES_MAX = 1 << 24;

    private final int fd;

    private IoctlFile(int fd) {
        this.fd = fd;
    }

    /**
     * Opens a path as open(2) does.
     *
     * @param flags {@link OpenFlags}
     * @throws FsException with the text {@code failed to open 'PATH': TEXT (ERRNO)}
     */
    public static IoctlFile open(String path, int flags) throws FsException {
        return open(path, flags, 0);
    }

    /** As {@link #open(String, int)}, with the mode of a file that O_CREAT makes. */
    public static IoctlFile open(String path, int flags, int mode) throws FsException {
        try {
            return new IoctlFile(SystemCalls.open(path, flags | OpenFlags.O_CLOEXEC, mode));
        } catch (FsException e) {
            throw new FsException(e.errno(), "failed to open '" + path + "': " + Failures.text(e.errno()), e);
        }
    }

    /** A new file without a name on the volume of {@code directory}, for reading and writing; see {@link #link}. */
    public static IoctlFile temporary(String directory, int mode) throws FsException {
        return open(directory, OpenFlags.O_RDWR | OpenFlags.O_TMPFILE, mode);
    }

    /**
     * Opens an inode of this file's mount by its number (spec 5 section 4.1); needs CAP_DAC_READ_SEARCH.
     *
     * @throws FsException ESTALE if there is no such inode with a name; without a text
     */
    public IoctlFile openInode(long ino, int flags) throws FsException {
        // struct file_handle: handle_bytes u32 @0, handle_type s32 @4, handle @8
        try (Argument handle = new Argument(fd, 8 + HANDLE_BYTES)) {
            handle.put32(0, HANDLE_BYTES).put32(4, HANDLE_INO).put64(8, ino);
            return new IoctlFile(SystemCalls.openByHandle(fd, handle.struct(), flags | OpenFlags.O_CLOEXEC));
        }
    }

    int fd() {
        return fd;
    }

    /** Gives a {@link #temporary} file its name. */
    public void link(String path) throws FsException {
        SystemCalls.link(fd, path);
    }

    /** Up to as many bytes as {@code dst} has; 0 at the end of the file. Waits for offline contents. */
    public int read(long offset, MemorySegment dst) throws FsException {
        return (int) SystemCalls.pread(fd, dst, offset);
    }

    /** Some or all of {@code src}; how many bytes. */
    public int write(long offset, MemorySegment src) throws FsException {
        return (int) SystemCalls.pwrite(fd, src, offset);
    }

    /** Of a regular file, in bytes. Moves the file position, which nobody here uses. */
    public long size() throws FsException {
        return SystemCalls.seekEnd(fd);
    }

    public void fsync() throws FsException {
        SystemCalls.fsync(fd);
    }

    @Override
    public void close() {
        SystemCalls.close(fd);
    }

    // ---- the volume ----

    public StatfsMore statfsMore() throws FsException {
        try (Argument a = new Argument(fd, 48)) {
            a.call(Commands.STATFS_MORE);
            MemorySegment s = a.struct();
            return new StatfsMore(
                    Le.u64(s, 0), Le.u64(s, 8), Le.u64(s, 16), Le.u64(s, 24), Le.u64(s, 32), Le.u64(s, 40));
        }
    }

    /** All of them: asks again with more room while there is too little. */
    public List<AllocEntry> allocDetail() throws FsException {
        for (int room = ALLOC_ENTRIES_FIRST; ; room *= 2) {
            try (Argument a = new Argument(fd, 16)) {
                MemorySegment entries = a.buffer(0, (long) Entries.ALLOC_BYTES * room);
                a.put64(8, room);
                return Entries.list(entries, a.call(Commands.ALLOC_DETAIL), Entries.ALLOC_BYTES, Entries::alloc);
            } catch (FsException e) {
                if (e.errno() != Errno.EOVERFLOW || room >= ALLOC_ENTRIES_MAX) {
                    throw e;
                }
            }
        }
    }

    /** Sizes in blocks of 64 KiB and 4 KiB; 0 leaves one as it is. */
    public void resizeDevices(long totalMetaBlocks, long totalDataBlocks) throws FsException {
        try (Argument a = new Argument(fd, 16)) {
            a.put64(0, totalMetaBlocks).put64(8, totalDataBlocks).call(Commands.RESIZE_DEVICES);
        }
    }

    // ---- contents ----

    public StatMore statMore() throws FsException {
        try (Argument a = new Argument(fd, 56)) {
            a.call(Commands.STAT_MORE);
            MemorySegment s = a.struct();
            Timespec crtime = new Timespec(Le.u64(s, 40), Le.i32(s, 48));
            return new StatMore(Le.u64(s, 0), Le.u64(s, 8), Le.u64(s, 16), Le.u64(s, 24), Le.u64(s, 32), crtime);
        }
    }

    /** What {@code mask} does not ask for is 0 or noise. */
    public AttrX getAttrX(long mask) throws FsException {
        try (Argument a = new Argument(fd, Entries.ATTR_X_BYTES)) {
            a.put64(0, mask).call(Commands.GET_ATTR_X);
            return Entries.attrX(a.struct());
        }
    }

    public void setAttrX(AttrX attributes) throws FsException {
        try (Argument a = new Argument(fd, Entries.ATTR_X_BYTES)) {
            Entries.putAttrX(a, attributes);
            a.call(Commands.SET_ATTR_X);
        }
    }

    /** @param flags 1: the new size is offline */
    public void setattrMore(long dataVersion, long size, long flags, Timespec ctime, Timespec crtime)
            throws FsException {
        try (Argument a = new Argument(fd, 48)) {
            a.put64(0, dataVersion).put64(8, size).put64(16, flags);
            a.put64(24, ctime.seconds()).put32(32, ctime.nanos());
            a.put32(36, crtime.nanos()).put64(40, crtime.seconds());
            a.call(Commands.SETATTR_MORE);
        }
    }

    public void release(long offset, long length, long dataVersion) throws FsException {
        try (Argument a = new Argument(fd, 24)) {
            a.put64(0, offset).put64(8, length).put64(16, dataVersion).call(Commands.RELEASE);
        }
    }

    /**
     * @param contents at most 2 GiB; copied unless it is native memory
     * @return how many bytes were staged, normally all
     */
    public int stage(long dataVersion, long offset, MemorySegment contents) throws FsException {
        try (Argument a = new Argument(fd, 32)) {
            if (contents.isNative()) {
                a.put64(8, contents.address());
            } else {
                a.buffer(8, contents.byteSize()).copyFrom(contents);
            }
            a.put64(0, dataVersion).put64(16, offset).put32(24, Math.toIntExact(contents.byteSize()));
            return a.call(Commands.STAGE);
        }
    }

    public void punchOffline(long offset, long length, long dataVersion, long flags) throws FsException {
        try (Argument a = new Argument(fd, 32)) {
            a.put64(0, offset).put64(8, length).put64(16, dataVersion).put64(24, flags);
            a.call(Commands.PUNCH_OFFLINE);
        }
    }

    /** Moves blocks of {@code from} into this file. */
    public void moveBlocks(IoctlFile from, long fromOffset, long length, long toOffset, long dataVersion, long flags)
            throws FsException {
        try (Argument a = new Argument(fd, 48)) {
            a.put64(0, from.fd).put64(8, fromOffset).put64(16, length).put64(24, toOffset);
            a.put64(32, dataVersion).put64(40, flags);
            a.call(Commands.MOVE_BLOCKS);
        }
    }

    /** Who waits on this mount after a place, at most {@code limit} (up to 65535). */
    public List<Waiting> dataWaiting(long afterIno, long afterBlock, int limit) throws FsException {
        try (Argument a = new Argument(fd, 40)) {
            int room = Math.min(limit, WAITING_MAX);
            MemorySegment entries = a.buffer(24, (long) room * Entries.WAITING_BYTES);
            a.put64(8, afterIno).put64(16, afterBlock).put16(32, room);
            return Entries.list(entries, a.call(Commands.DATA_WAITING), Entries.WAITING_BYTES, Entries::waiting);
        }
    }

    /** How many waits were ended with {@code error}, -4095..-1. */
    public int dataWaitErr(long ino, long dataVersion, long offset, long count, long ops, long error)
            throws FsException {
        try (Argument a = new Argument(fd, 48)) {
            a.put64(0, ino).put64(8, dataVersion).put64(16, offset).put64(24, count);
            a.put64(32, ops).put64(40, error);
            return a.call(Commands.DATA_WAIT_ERR);
        }
    }

    /** Extents that touch a range: by FIEMAP, and by our own ioctl where the kernel does not pass FIEMAP on, as FUSE does not. */
    public List<MappedExtent> extents(long offset, long length, int limit) throws FsException {
        try {
            return Extents.fiemap(fd, offset, length, Math.min(limit, LIMIT_MAX));
        } catch (FsException e) {
            if (e.errno() != Errno.EOPNOTSUPP) {
                throw e;
            }
            return Extents.getExtents(fd, offset, length, Math.min(limit, LIMIT_MAX));
        }
    }

    // ---- questions ----

    /** @param index {@code ArchiveQueries.INDEX_*} */
    public List<SeqEntry> walkInodes(int index, SeqEntry first, SeqEntry last, int limit) throws FsException {
        try (Argument a = new Argument(fd, 72)) {
            int room = Math.min(limit, LIMIT_MAX);
            MemorySegment entries = a.buffer(48, (long) room * Entries.SEQ_BYTES);
            a.put64(0, first.seq()).put64(8, first.ino()).put64(24, last.seq()).put64(32, last.ino());
            a.put32(56, room).put8(60, index);
            return Entries.list(entries, a.call(Commands.WALK_INODES), Entries.SEQ_BYTES, Entries::seq);
        }
    }

    /** The first link at or after a position. */
    public InoPath inoPath(long ino, long dirIno, long dirPos) throws FsException {
        try (Argument a = new Argument(fd, 40)) {
            MemorySegment result = a.buffer(24, PATH_BYTES_MAX);
            a.put64(0, ino).put64(8, dirIno).put64(16, dirPos).put16(32, PATH_BYTES_MAX);
            a.call(Commands.INO_PATH);
            int bytes = Math.max(1, Le.u16(result, 16));
            return new InoPath(Le.u64(result, 0), Le.u64(result, 8), Le.bytes(result, 24, bytes - 1));
        }
    }

    /** Some links at or after a position; none left if it is empty. */
    public List<ReferringEntry> referringEntries(long ino, long dirIno, long dirPos) throws FsException {
        try (Argument a = new Argument(fd, 40)) {
            MemorySegment records = a.buffer(24, REFERRING_BYTES);
            a.put64(0, ino).put64(8, dirIno).put64(16, dirPos).put64(32, REFERRING_BYTES);
            return Entries.referring(records, a.call(Commands.GET_REFERRING_ENTRIES));
        }
    }

    /** Hidden names from a position on, as many as fit in {@code bytes}, which are 256 or more. */
    public HiddenNames listHidden(XattrPosition from, int bytes) throws FsException {
        try (Argument a = new Argument(fd, 24)) {
            MemorySegment names = a.buffer(8, bytes);
            a.put64(0, from.id()).put32(16, bytes).put32(20, from.hash());
            int stored = a.call(Commands.LISTXATTR_HIDDEN);
            MemorySegment s = a.struct();
            return new HiddenNames(Entries.names(names, stored), new XattrPosition(Le.i32(s, 20), Le.u64(s, 0)));
        }
    }

    public SearchResult searchXattrs(byte[] name, long firstIno, long lastIno, int limit) throws FsException {
        try (Argument a = new Argument(fd, 56)) {
            int room = Math.min(limit, LIMIT_MAX);
            a.buffer(16, name);
            MemorySegment inos = a.buffer(24, (long) room * Long.BYTES);
            a.put64(0, firstIno).put64(8, lastIno).put64(40, room).put16(48, name.length);
            long[] found = Entries.numbers(inos, a.call(Commands.SEARCH_XATTRS));
            return new SearchResult(found, (Le.u64(a.struct(), 32) & 1) != 0);
        }
    }

    public List<XattrTotal> xattrTotals(long first, long second, long third, int limit) throws FsException {
        try (Argument a = new Argument(fd, 40)) {
            long bytes = (long) Math.min(limit, LIMIT_MAX) * Entries.TOTAL_BYTES;
            MemorySegment totals = a.buffer(24, bytes);
            a.put64(0, first).put64(8, second).put64(16, third).put64(32, bytes);
            return Entries.list(totals, a.call(Commands.READ_XATTR_TOTALS), Entries.TOTAL_BYTES, Entries::total);
        }
    }

    public List<XattrIndexEntry> xattrIndex(XattrIndexEntry first, XattrIndexEntry last, int limit) throws FsException {
        try (Argument a = new Argument(fd, 72)) {
            int room = Math.min(limit, LIMIT_MAX);
            a.put64(8, first.minor()).put64(16, first.ino()).put8(24, first.major());
            a.put64(32, last.minor()).put64(40, last.ino()).put8(48, last.major());
            MemorySegment entries = a.buffer(56, (long) room * Entries.INDEX_BYTES);
            a.put64(64, room);
            return Entries.list(entries, a.call(Commands.READ_XATTR_INDEX), Entries.INDEX_BYTES, Entries::index);
        }
    }

    /** Existing inodes at or after {@code start} within its group of 1024. */
    public long[] allocatedInos(long start, int limit) throws FsException {
        try (Argument a = new Argument(fd, 24)) {
            long bytes = (long) Math.min(limit, LIMIT_MAX) * Long.BYTES;
            MemorySegment inos = a.buffer(8, bytes);
            a.put64(0, start).put64(16, bytes);
            return Entries.numbers(inos, a.call(Commands.GET_ALLOCATED_INOS));
        }
    }

    // ---- quota ----

    public Rules quotaRules(RulePosition from, int limit) throws FsException {
        try (Argument a = new Argument(fd, 32)) {
            int room = Math.min(limit, LIMIT_MAX);
            MemorySegment memory = a.buffer(16, (long) room * QuotaRule.SIZE);
            a.put64(0, from.hash()).put64(8, from.collision()).put64(24, room);
            int count = a.call(Commands.GET_QUOTA_RULES);
            List<QuotaRule> rules = new ArrayList<>(Entries.list(memory, count, QuotaRule.SIZE, QuotaRule::read));
            return new Rules(rules, new RulePosition(Le.u64(a.struct(), 0), Le.u64(a.struct(), 8)));
        }
    }

    public void addQuotaRule(QuotaRule rule) throws FsException {
        changeRule(Commands.ADD_QUOTA_RULE, rule);
    }

    public void deleteQuotaRule(QuotaRule rule) throws FsException {
        changeRule(Commands.DEL_QUOTA_RULE, rule);
    }

    private void changeRule(long command, QuotaRule rule) throws FsException {
        try (Argument a = new Argument(fd, QuotaRule.SIZE)) {
            rule.write(a.struct(), 0);
            a.call(command);
        }
    }

    /** For tests: adds to a total without an attribute. */
    public void injectTotal(long first, long second, long third, long total, long count) throws FsException {
        try (Argument a = new Argument(fd, 40)) {
            a.put64(0, first).put64(8, second).put64(16, third).put64(24, total).put64(32, count);
            a.call(Commands.INJECT_TOTL_DELTA);
        }
    }
}
