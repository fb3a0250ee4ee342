package org.scoutfs.fuse;

import com.google.errorprone.annotations.FormatMethod;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuotaRule;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.Capability;
import org.scoutfs.fs.Credentials;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.vfs.ArchiveFiles;
import org.scoutfs.vfs.ArchiveQueries;
import org.scoutfs.vfs.Vfs;
import org.scoutfs.vfs.VolumeDetails;

/**
 * The archive interfaces of a volume that holds made-up entries: enough of them that an answer takes several pieces. What would change
 * something is written down instead.
 */
public final class MemoryArchive implements ArchiveFiles, ArchiveQueries, VolumeDetails {
    /** Entries of every list that can be long. */
    public static final int MANY = 20_000;

    /** What was asked for, in words, with the arguments as they came. */
    public final List<String> asked = Collections.synchronizedList(new ArrayList<>());

    /** If not null every change fails with it. */
    public volatile Errno failure;

    @FormatMethod
    private void log(String format, Object... arguments) throws FsException {
        asked.add(format.formatted(arguments));
        if (failure != null) {
            throw new FsException(failure);
        }
    }

    private static void require(Credentials who, Capability capability) throws FsException {
        if (!who.capable(capability)) {
            throw new FsException(Errno.EPERM);
        }
    }

    @Override
    public void release(OpenFile file, long offset, long length, long dataVersion) throws FsException {
        if (length != 0 && !file.writable()) {
            throw new FsException(Errno.EINVAL);
        }
        log("release %d %d %d", offset, length, dataVersion);
    }

    @Override
    public int stage(OpenFile file, long dataVersion, long offset, int length, StageSource source) throws FsException {
        if (length < 0 || length > 0 && !file.writable()) {
            throw new FsException(Errno.EINVAL);
        }
        long sum = 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment piece = arena.allocate(4096);
            for (long at = 0; at < length; at += 4096) {
                MemorySegment part = piece.asSlice(0, Math.min(4096, length - at));
                source.read(at, part);
                for (long i = 0; i < part.byteSize(); i++) {
                    sum += part.get(ValueLayout.JAVA_BYTE, i);
                }
            }
        }
        log("stage %d %d %d sum %d", dataVersion, offset, length, sum);
        return length;
    }

    @Override
    public void punchOffline(Credentials who, OpenFile file, long offset, long length, long dataVersion, long flags)
            throws FsException {
        if (length != 0 && !file.writable()) {
            throw new FsException(Errno.EINVAL);
        }
        log("punch %d %d %d %d", offset, length, dataVersion, flags);
    }

    @Override
    public void moveBlocks(
            Credentials who,
            OpenFile to,
            MoveSource from,
            long fromOffset,
            long length,
            long toOffset,
            long dataVersion,
            long flags)
            throws FsException {
        if (length == 0) {
            return;
        }
        log("move %d %d %d %d %d %d", from.ino(), fromOffset, length, toOffset, dataVersion, flags);
    }

    @Override
    public AttrX getAttrX(long ino, long mask, long flags) throws FsException {
        if ((mask & ~0x3ff) != 0 || (flags & ~1) != 0) {
            throw new FsException(Errno.EINVAL);
        }
        return new AttrX(
                mask, flags, 101, 102, 103, 104, 105, new Timespec(106, 107), new Timespec(108, 109), 110, true, 111);
    }

    @Override
    public void setAttrX(Credentials who, long ino, AttrX a) throws FsException {
        require(who, Capability.SYS_ADMIN);
        if (a.mask() != 0) {
            log("%s", a);
        }
    }

    @Override
    public void setattrMore(
            Credentials who, OpenFile file, long dataVersion, long size, long flags, Timespec ctime, Timespec crtime)
            throws FsException {
        if (!file.writable()) {
            throw new FsException(Errno.EBADF);
        }
        require(who, Capability.SYS_ADMIN);
        log("setattr_more %d %d %d %s %s", dataVersion, size, flags, ctime, crtime);
    }

    @Override
    public List<Waiting> dataWaiting(long flags, long afterIno, long afterBlock, int limit) throws FsException {
        if (flags != 0) {
            throw new FsException(Errno.EINVAL);
        }
        List<Waiting> waiting = new ArrayList<>();
        for (long i = afterIno + 1; i < MANY && waiting.size() < limit; i++) {
            waiting.add(new Waiting(i, afterBlock, 5));
        }
        return waiting;
    }

    @Override
    public int dataWaitErr(Credentials who, long ino, long offset, long count, long ops, long error)
            throws FsException {
        require(who, Capability.SYS_ADMIN);
        log("wait_err %d %d %d %d", offset, count, ops, error);
        return 3;
    }

    /** Extents of 3 blocks, each followed by a hole. */
    @Override
    public List<MappedExtent> extents(long ino, long offset, long length, int limit) {
        List<MappedExtent> found = new ArrayList<>();
        for (long i = Long.divideUnsigned(offset, 16384); i < MANY && found.size() < limit; i++) {
            if (Long.compareUnsigned(i * 16384 + 12288, offset) > 0
                    && Long.compareUnsigned(i * 16384, offset + length) < 0) {
                boolean offline = i % 2 == 1;
                found.add(
                        new MappedExtent(i * 16384, offline ? 0 : i << 20, 12288, offline, i % 4 == 2, i == MANY - 1));
            }
        }
        return found;
    }

    /** One inode in each seq from 1 to {@link #MANY}. */
    @Override
    public SeqEntries walkInodes(int index, SeqEntry first, SeqEntry last, int limit) throws FsException {
        if (index > INDEX_DATA_SEQ) {
            throw new FsException(Errno.EINVAL);
        }
        long[] seqs = new long[limit];
        long[] inos = new long[limit];
        int n = 0;
        for (long seq = Math.max(1, first.seq()); seq <= MANY && n < limit; seq++) {
            long ino = 1000 + seq;
            if (Long.compareUnsigned(seq, last.seq()) <= 0 && (seq != first.seq() || ino >= first.ino())) {
                seqs[n] = seq;
                inos[n++] = ino;
            }
        }
        return new SeqEntries(java.util.Arrays.copyOf(seqs, n), java.util.Arrays.copyOf(inos, n));
    }

    @Override
    public InoPath inoPath(Credentials who, long ino, long dirIno, long dirPos) throws FsException {
        require(who, Capability.DAC_READ_SEARCH);
        return new InoPath(dirIno + 1, dirPos + 2, bytes("d/f"));
    }

    /** Names of 1, 2, 3, ... letters, over and over. */
    @Override
    public List<ReferringEntry> referringEntries(Credentials who, long ino, long dirIno, long dirPos, int limit)
            throws FsException {
        require(who, Capability.DAC_READ_SEARCH);
        List<ReferringEntry> found = new ArrayList<>();
        for (long pos = dirPos; pos < MANY && found.size() < limit; pos++) {
            found.add(new ReferringEntry(
                    9, pos, ino, 8, bytes("n".repeat(1 + Math.floorMod(pos, 255))), pos == MANY - 1));
        }
        return found;
    }

    @Override
    public HiddenNames listHidden(Credentials who, long ino, XattrPosition from, int bytes) {
        List<byte[]> names = new ArrayList<>();
        int room = bytes;
        for (String name : List.of("scoutfs.hide.a", "scoutfs.hide.bb")) {
            if (name.length() + 1 <= room) {
                names.add(bytes(name));
                room -= name.length() + 1;
            }
        }
        return new HiddenNames(names, new XattrPosition(from.hash() + 10, from.id() + 20));
    }

    @Override
    public SearchResult searchXattrs(Credentials who, byte[] name, long firstIno, long lastIno, int limit)
            throws FsException {
        require(who, Capability.SYS_ADMIN);
        if (!new String(name, StandardCharsets.ISO_8859_1).startsWith("scoutfs.srch.")) {
            throw new FsException(Errno.EINVAL);
        }
        List<Long> found = new ArrayList<>();
        long ino = Math.max(firstIno, 5);
        for (; Long.compareUnsigned(ino, lastIno) <= 0 && ino < MANY && found.size() < limit; ino++) {
            found.add(ino);
        }
        return new SearchResult(
                found.stream().mapToLong(Long::longValue).toArray(), found.size() < limit || ino > lastIno);
    }

    @Override
    public List<XattrTotal> xattrTotals(Credentials who, long a, long b, long c, int limit) throws FsException {
        require(who, Capability.SYS_ADMIN);
        List<XattrTotal> found = new ArrayList<>();
        for (long i = c; i < MANY && found.size() < limit; i++) {
            found.add(new XattrTotal(a, b, i, -i, i * 2));
        }
        return found;
    }

    @Override
    public List<XattrIndexEntry> xattrIndex(Credentials who, XattrIndexEntry first, XattrIndexEntry last, int limit)
            throws FsException {
        require(who, Capability.SYS_ADMIN);
        List<XattrIndexEntry> found = new ArrayList<>();
        for (long i = first.ino(); i < MANY && found.size() < limit; i++) {
            found.add(new XattrIndexEntry(first.major(), first.minor(), i));
        }
        return found;
    }

    @Override
    public long[] allocatedInos(Credentials who, long start, int limit) throws FsException {
        require(who, Capability.SYS_ADMIN);
        return java.util.stream.LongStream.range(start, (start | 1023) + 1)
                .limit(limit)
                .toArray();
    }

    /** {@link #MANY} rules; the position is the number of the next one. */
    @Override
    public Rules quotaRules(Credentials who, RulePosition from, int limit) throws FsException {
        require(who, Capability.SYS_ADMIN);
        List<QuotaRule> rules = new ArrayList<>();
        long at = from.hash();
        for (; at < MANY && rules.size() < limit; at++) {
            rules.add(new QuotaRule(
                    (int) at % 256,
                    List.of(
                            new QuotaRule.Name(at, 1, 0),
                            new QuotaRule.Name(at + 1, 2, 1),
                            new QuotaRule.Name(3, 0, 0)),
                    1,
                    1000 + at,
                    0));
        }
        return new Rules(rules, new RulePosition(at, from.collision() + 1));
    }

    @Override
    public void addQuotaRule(Credentials who, QuotaRule rule) throws FsException {
        require(who, Capability.SYS_ADMIN);
        log("add %s", rule);
    }

    @Override
    public void deleteQuotaRule(Credentials who, QuotaRule rule) throws FsException {
        require(who, Capability.SYS_ADMIN);
        log("delete %s", rule);
    }

    @Override
    public void resizeDevices(Credentials who, long totalMetaBlocks, long totalDataBlocks) throws FsException {
        require(who, Capability.SYS_ADMIN);
        log("resize %d %d", totalMetaBlocks, totalDataBlocks);
    }

    @Override
    public void injectTotal(Credentials who, long a, long b, long c, long total, long count) throws FsException {
        require(who, Capability.SYS_ADMIN);
        log("inject %d %d %d %d %d", a, b, c, total, count);
    }

    @Override
    public StatfsMore statfsMore() {
        return new StatfsMore(0xf51d, 0x71d, 33, 44, 55, 66);
    }

    @Override
    public List<AllocEntry> allocDetail() {
        return List.of(
                new AllocEntry(0, 10, true, true),
                new AllocEntry(7, 20, false, true),
                new AllocEntry(7, 1, true, false));
    }

    /** A file system that has nothing else. */
    public Vfs vfs() {
        return new MemoryVfs(false, this);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
