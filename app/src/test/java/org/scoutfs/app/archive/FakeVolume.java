package org.scoutfs.app.archive;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Timespec;
import org.scoutfs.vfs.ArchiveFiles.Waiting;
import org.scoutfs.vfs.ArchiveQueries.SeqEntry;

/**
 * A volume in memory, with the rules of spec 4 sections 4.3 and 10 that the agent relies on: versions, offline blocks that are gone when
 * released, waits. Before each call of the agent on a file the test may let something else happen to it. One thread.
 */
final class FakeVolume implements Volume {
    static final int BLOCK = 4096;

    /** What the agent is about to do. */
    enum Call {
        STATE,
        READ,
        SET_RECORD,
        RELEASE,
        STAGE
    }

    /** Happens just before a call. */
    interface Meanwhile {
        void happens(Call call, long ino) throws FsException;
    }

    /** An inode. Bytes of offline blocks are zero here: who stages something wrong is found out. */
    static final class Inode {
        byte[] bytes = new byte[0];
        final BitSet offline = new BitSet();
        long version;
        long seq;
        Timespec mtime = Timespec.ZERO;

        @Nullable
        String record;

        boolean named = true;
        boolean executed;

        int blocks() {
            return (bytes.length + BLOCK - 1) / BLOCK;
        }
    }

    final Map<Long, Inode> inodes = new TreeMap<>();
    final TreeSet<Waiting> waiting =
            new TreeSet<>(java.util.Comparator.comparingLong(Waiting::ino).thenComparingLong(Waiting::block));
    final List<Long> failedBlocks = new ArrayList<>();
    final List<Long> stagedOffsets = new ArrayList<>();
    private final AdjustableClock clock;
    private long lastSeq;
    private long lastIno = 1024;

    Meanwhile meanwhile = (call, ino) -> {};
    boolean alive = true;
    int syncs;

    @Nullable
    Errno stageFails;

    Space space = new Space(1000L * BLOCK, 1000L * BLOCK);

    FakeVolume(AdjustableClock clock) {
        this.clock = clock;
    }

    // ---- what users do ----

    long create(byte[] contents) {
        long ino = ++lastIno;
        inodes.put(ino, new Inode());
        write(ino, contents);
        return ino;
    }

    Inode inode(long ino) {
        Inode inode = inodes.get(ino);
        if (inode == null) {
            throw new IllegalStateException("no inode " + ino);
        }
        return inode;
    }

    /** Replaces the contents, as after O_TRUNC, which does not wait. */
    void write(long ino, byte[] contents) {
        Inode inode = inode(ino);
        inode.bytes = contents.clone();
        inode.offline.clear();
        changed(ino, 1);
        inode.mtime = new Timespec(clock.seconds(), 0);
    }

    /** Growing by fallocate: the one change that does not wait for offline blocks and leaves the time alone. */
    void grow(long ino, int size) {
        Inode inode = inode(ino);
        inode.bytes = Arrays.copyOf(inode.bytes, size);
        changed(ino, 1);
    }

    void changed(long ino, long versions) {
        Inode inode = inode(ino);
        inode.version += versions;
        inode.seq = ++lastSeq;
    }

    void unlink(long ino) {
        inodes.remove(ino);
    }

    /** Whoever reads a block waits if it is offline. */
    void somebodyReads(long ino, long block) {
        if (inode(ino).offline.get((int) block)) {
            waiting.add(new Waiting(ino, block, 1));
        }
    }

    // ---- what the agent does ----

    @Override
    public long fsid() {
        return 9;
    }

    @Override
    public String ident() {
        return "f.000000.r.000000";
    }

    private void checkAlive() throws FsException {
        if (!alive) {
            throw new FsException(Errno.ENOTCONN);
        }
    }

    @Override
    public List<SeqEntry> changed(SeqEntry first, int limit) throws FsException {
        checkAlive();
        List<SeqEntry> found = new ArrayList<>();
        inodes.forEach((ino, inode) -> {
            if (inode.seq > first.seq() || inode.seq == first.seq() && ino >= first.ino()) {
                found.add(new SeqEntry(inode.seq, ino));
            }
        });
        found.sort(java.util.Comparator.comparingLong(SeqEntry::seq));
        return found.subList(0, Math.min(limit, found.size()));
    }

    @Override
    public VolumeFile open(long ino, Access access) throws FsException {
        checkAlive();
        Inode inode = inodes.get(ino);
        if (inode == null || !inode.named) {
            throw new FsException(Errno.ESTALE);
        }
        return new File(ino, inode);
    }

    @Override
    public List<Waiting> waiting(long afterIno, long afterBlock, int limit) throws FsException {
        checkAlive();
        return waiting.tailSet(new Waiting(afterIno, afterBlock, 0), false).stream()
                .limit(limit)
                .toList();
    }

    @Override
    public int failWaiting(long ino, long offset, long count) {
        List<Waiting> failed = waiting.stream()
                .filter(w -> w.ino() == ino && w.block() >= offset / BLOCK && w.block() < (offset + count) / BLOCK)
                .toList();
        failed.forEach(w -> failedBlocks.add(w.block()));
        waiting.removeAll(failed);
        return failed.size();
    }

    @Override
    public long[] group(long ino) {
        return inodes.keySet().stream()
                .filter(one -> one >>> 10 == ino >>> 10)
                .mapToLong(one -> one)
                .toArray();
    }

    @Override
    public Space space() {
        return space;
    }

    @Override
    public String name(long ino) {
        return "inode " + ino;
    }

    @Override
    public void sync() throws FsException {
        checkAlive();
        syncs++;
    }

    @Override
    public boolean isAlive() {
        return alive;
    }

    @Override
    public void close() {}

    private final class File implements VolumeFile {
        private final long ino;
        private final Inode inode;

        File(long ino, Inode inode) {
            this.ino = ino;
            this.inode = inode;
        }

        private void before(Call call) throws FsException {
            meanwhile.happens(call, ino);
            checkAlive();
        }

        @Override
        public State state() throws FsException {
            before(Call.STATE);
            int offline = inode.offline.cardinality();
            return new State(true, inode.bytes.length, inode.version, inode.blocks() - offline, offline, inode.mtime);
        }

        @Override
        public int read(long offset, MemorySegment to) throws FsException {
            before(Call.READ);
            int from = (int) offset;
            int count = (int) Math.max(0, Math.min(to.byteSize(), inode.bytes.length - from));
            int block = inode.offline.nextSetBit(from / BLOCK);
            if (count > 0 && block >= 0 && block <= (from + count - 1) / BLOCK) {
                throw new IllegalStateException(
                        "the agent reads offline block " + block + ": it would wait for itself");
            }
            MemorySegment.copy(inode.bytes, from, to, ValueLayout.JAVA_BYTE, 0, count);
            return count;
        }

        @Override
        public long nextData(long offset) {
            return offset < inode.bytes.length ? offset : -1;
        }

        @Override
        public long nextHole(long offset) {
            return offset < inode.bytes.length ? inode.bytes.length : -1;
        }

        @Override
        public @Nullable String record() {
            return inode.record;
        }

        @Override
        public void setRecord(String text) throws FsException {
            before(Call.SET_RECORD);
            inode.record = text;
        }

        @Override
        public void release(long version) throws FsException {
            before(Call.RELEASE);
            if (inode.executed) {
                throw new FsException(Errno.ETXTBSY);
            }
            checkVersion(version);
            inode.offline.set(0, inode.blocks());
            Arrays.fill(inode.bytes, (byte) 0);
        }

        private void checkVersion(long version) throws FsException {
            if (version != inode.version) {
                throw new FsException(Errno.ESTALE);
            }
        }

        @Override
        public void stage(long version, long offset, MemorySegment bytes) throws FsException {
            before(Call.STAGE);
            Errno fails = stageFails;
            if (fails != null) {
                throw new FsException(fails);
            }
            long end = offset + bytes.byteSize();
            if (offset % BLOCK != 0 || end > inode.bytes.length || end % BLOCK != 0 && end != inode.bytes.length) {
                throw new FsException(Errno.EINVAL);
            }
            checkVersion(version);
            stagedOffsets.add(offset);
            MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, 0, inode.bytes, (int) offset, (int) bytes.byteSize());
            inode.offline.clear((int) (offset / BLOCK), (int) ((end + BLOCK - 1) / BLOCK));
            waiting.removeIf(w -> w.ino() == ino && !inode.offline.get((int) w.block()));
        }

        @Override
        public void close() {}
    }
}
