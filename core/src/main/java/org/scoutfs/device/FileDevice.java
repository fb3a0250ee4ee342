package org.scoutfs.device;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.scoutfs.error.Errno;

/**
 * A block device or a regular file of the operating system, by system calls through the C library.
 *
 * <p>Not through {@code FileChannel}: interrupting a thread inside it closes the channel for everybody.
 *
 * <p>Locks that keep others away ({@link Sharing}) belong to this open and go with it, also when the process dies. Two opens in one JVM
 * are as foreign to each other as two processes.
 */
public final class FileDevice implements BlockDevice {
    private static final Logger LOG = System.getLogger("org.scoutfs.device");

    /** Buffers for memory that direct I/O does not take: at most 10.5 MiB for each device, allocated only when needed. */
    private static final int[] BOUNCE_LIMITS = {128, 32, 8};

    /** udev holds a shared lock on a block device while it looks at it after a change: wait this long for it in total. */
    private static final int LOCK_ATTEMPTS = 100;

    private static final long LOCK_PAUSE_NANOS = 10_000_000;

    /** Declared by this open. */
    private final Set<Long> alive = ConcurrentHashMap.newKeySet();

    private final String name;
    private final int fd;
    private final Libc.Stat stat;
    private final boolean readOnly;
    private final boolean direct;
    private final InFlight inFlight = new InFlight();
    private final AlignedBuffers bounce = new AlignedBuffers(BOUNCE_LIMITS[0], BOUNCE_LIMITS[1], BOUNCE_LIMITS[2]);

    /** As last asked for; any thread may replace it by a newer answer. */
    private volatile long sizeBytes;

    private FileDevice(String name, int fd, Libc.Stat stat, boolean readOnly, boolean direct, long sizeBytes) {
        this.name = name;
        this.fd = fd;
        this.stat = stat;
        this.readOnly = readOnly;
        this.direct = direct;
        this.sizeBytes = sizeBytes;
    }

    /** Opens with {@link Caching#DIRECT}. */
    public static FileDevice open(Path path, Access access, Sharing sharing) throws DeviceException {
        return open(path, access, sharing, Caching.DIRECT);
    }

    /**
     * Opens an existing block device or regular file.
     *
     * @throws DeviceBusyException if another open, here or in another process, forbids this one
     * @throws DeviceException for every other reason, with the errno
     */
    public static FileDevice open(Path path, Access access, Sharing sharing, Caching caching) throws DeviceException {
        String name = path.toString();
        Libc.Stat stat = stat(name);
        int flags = Libc.O_CLOEXEC
                | (access == Access.READ_ONLY ? Libc.O_RDONLY : Libc.O_RDWR)
                | (sharing == Sharing.EXCLUSIVE && stat.isBlockSpecial() ? Libc.O_EXCL : 0);
        int fd = -Errno.EINVAL.number();
        boolean direct = caching == Caching.DIRECT;
        if (direct) {
            fd = openDirect(name, flags);
            direct = fd >= 0;
        }
        if (fd == -Errno.EINVAL.number()) {
            fd = Libc.open(name, flags);
        }
        if (fd == -Errno.EBUSY.number()) {
            throw new DeviceBusyException(name, sharing);
        }
        if (fd < 0) {
            throw new DeviceException(name, "open", -fd);
        }
        if (caching == Caching.DIRECT && !direct) {
            LOG.log(Level.DEBUG, "{0}: its file system does not support direct I/O, using the page cache", name);
        }
        try {
            lock(name, fd, sharing, stat.isBlockSpecial());
            long size = Libc.sizeBytes(fd);
            if (size < 0) {
                throw new DeviceException(name, "reading its size", (int) -size);
            }
            return new FileDevice(name, fd, stat, access == Access.READ_ONLY, direct, size);
        } catch (DeviceException | RuntimeException e) {
            Libc.close(fd);
            throw e;
        }
    }

    private static Libc.Stat stat(String name) throws DeviceException {
        try {
            Libc.Stat stat = Libc.stat(name);
            if (!stat.isBlockSpecial() && !stat.isRegular()) {
                throw new DeviceException(
                        name, "open", Errno.EINVAL, "it is neither a block device nor a regular file");
            }
            return stat;
        } catch (Libc.StatFailed e) {
            throw new DeviceException(name, "open", e.errno);
        }
    }

    /** Some file systems take the flag and refuse each transfer instead, so one is tried. EINVAL: no direct I/O here. */
    private static int openDirect(String name, int flags) {
        int fd = Libc.open(name, flags | Libc.O_DIRECT);
        if (fd >= 0 && Libc.sizeBytes(fd) >= ALIGNMENT) {
            try (Arena arena = Arena.ofConfined()) {
                if (Libc.pread(fd, arena.allocate(ALIGNMENT, ALIGNMENT), 0) == -Errno.EINVAL.number()) {
                    Libc.close(fd);
                    return -Errno.EINVAL.number();
                }
            }
        }
        return fd;
    }

    private static void lock(String name, int fd, Sharing sharing, boolean blockSpecial) throws DeviceException {
        int operation = Libc.LOCK_NB | (sharing == Sharing.EXCLUSIVE ? Libc.LOCK_EX : Libc.LOCK_SH);
        int attempts = blockSpecial && sharing == Sharing.EXCLUSIVE ? LOCK_ATTEMPTS : 1;
        int result = Libc.flock(fd, operation);
        for (int i = 1; i < attempts && result == -Errno.EAGAIN.number(); i++) {
            LockSupport.parkNanos(LOCK_PAUSE_NANOS);
            result = Libc.flock(fd, operation);
        }
        if (result == -Errno.EAGAIN.number()) {
            throw new DeviceBusyException(name, sharing);
        }
        if (result < 0) {
            // some network file systems have no such locks; refusing to work there would help nobody
            LOG.log(
                    Level.WARNING,
                    new DeviceException(name, "locking against other users", -result).getMessage()
                            + "; nothing keeps other programs from using it at the same time");
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long sizeBytes() {
        if (inFlight.enter()) {
            try {
                refreshSize();
            } finally {
                inFlight.exit();
            }
        }
        return sizeBytes;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public boolean isBlockSpecial() {
        return stat.isBlockSpecial();
    }

    /** Whether transfers pass by the page cache. */
    public boolean direct() {
        return direct;
    }

    /** The number of a block device; of a regular file, the number of the device its file system is on. */
    public DeviceNumber deviceNumber() {
        return isBlockSpecial() ? stat.rdev() : stat.dev();
    }

    /** Whether both are opens of the same block device or file, under whatever names. */
    public boolean isSameDevice(FileDevice other) {
        return isBlockSpecial() == other.isBlockSpecial()
                && deviceNumber().equals(other.deviceNumber())
                && (isBlockSpecial() || stat.inode() == other.stat.inode());
    }

    @Override
    public boolean markAlive(long id) throws DeviceException {
        boolean taken = byteLock(id, true) == 0;
        if (taken) {
            alive.add(lockNumber(id));
        }
        return taken;
    }

    @Override
    public boolean isDead(long id) throws DeviceException {
        // The kernel finds no conflict with a lock of one's own.
        return !alive.contains(lockNumber(id)) && byteLock(id, false) == 0;
    }

    private static long lockNumber(long id) {
        return id & Long.MAX_VALUE - 1;
    }

    /** Locks far outside the device's bytes: a number space of its own that the kernel clears when the owner dies. */
    private int byteLock(long id, boolean take) throws DeviceException {
        if (!inFlight.enter()) {
            throw new DeviceException(name, "locking", Errno.EBADF.number());
        }
        try {
            return Libc.byteLock(fd, lockNumber(id), take);
        } finally {
            inFlight.exit();
        }
    }

    @Override
    public void read(long offset, MemorySegment dst) throws DeviceException {
        Transfers.checkFillable(dst);
        long length = dst.byteSize();
        begin("read", offset, length);
        try {
            if (straight(dst)) {
                readFully(offset, dst);
            } else {
                readBounced(offset, length, dst);
            }
        } finally {
            inFlight.exit();
        }
    }

    @Override
    public void write(long offset, MemorySegment src) throws DeviceException {
        long length = src.byteSize();
        Transfers.checkWritable(this, "write", offset, length);
        begin("write", offset, length);
        try {
            if (straight(src)) {
                writeFully(offset, src);
            } else {
                writeBounced(offset, length, src);
            }
        } finally {
            inFlight.exit();
        }
    }

    @Override
    public void readScatter(long offset, MemorySegment... dsts) throws DeviceException {
        for (MemorySegment dst : dsts) {
            Transfers.checkFillable(dst);
        }
        long length = Transfers.totalBytes(dsts);
        begin("read", offset, length);
        try {
            if (straight(dsts)) {
                transferVectors(false, offset, length, dsts);
            } else {
                readBounced(offset, length, dsts);
            }
        } finally {
            inFlight.exit();
        }
    }

    @Override
    public void writeGather(long offset, MemorySegment... srcs) throws DeviceException {
        long length = Transfers.totalBytes(srcs);
        Transfers.checkWritable(this, "write", offset, length);
        begin("write", offset, length);
        try {
            if (straight(srcs)) {
                transferVectors(true, offset, length, srcs);
            } else {
                writeBounced(offset, length, srcs);
            }
        } finally {
            inFlight.exit();
        }
    }

    @Override
    public void flush() throws DeviceException {
        enter("flush");
        try {
            int result;
            do {
                result = Libc.fdatasync(fd);
            } while (result == -Errno.EINTR.number());
            if (result < 0) {
                throw new DeviceException(name, "flush", -result);
            }
        } finally {
            inFlight.exit();
        }
    }

    @Override
    public boolean discard(long offset, long lengthBytes) throws DeviceException {
        Transfers.checkWritable(this, "discard", offset, lengthBytes);
        begin("discard", offset, lengthBytes);
        try {
            if (lengthBytes == 0) {
                return true;
            }
            int mode = Libc.FALLOC_FL_PUNCH_HOLE | Libc.FALLOC_FL_KEEP_SIZE;
            int result;
            do {
                result = Libc.fallocate(fd, mode, offset, lengthBytes);
            } while (result == -Errno.EINTR.number());
            if (result == -Errno.EOPNOTSUPP.number() || result == -Errno.ENOSYS.number()) {
                return false;
            }
            if (result < 0) {
                throw new DeviceException(name, "discard", offset, lengthBytes, -result);
            }
            return true;
        } finally {
            inFlight.exit();
        }
    }

    /** Waits for transfers under way, then closes; further calls do nothing. */
    @Override
    public void close() throws IOException {
        if (!inFlight.close()) {
            return;
        }
        bounce.close();
        int result = Libc.close(fd);
        // Linux has closed the descriptor in any case; EINTR is no news about the data
        if (result < 0 && result != -Errno.EINTR.number()) {
            throw new DeviceException(name, "close", -result);
        }
    }

    @Override
    public String toString() {
        return name;
    }

    /** Checks a transfer and counts it in; the caller counts it out. */
    private void begin(String operation, long offset, long lengthBytes) throws DeviceException {
        Transfers.checkAligned(this, operation, offset, lengthBytes);
        enter(operation);
        boolean begun = false;
        try {
            if (!Transfers.within(offset, lengthBytes, sizeBytes)) {
                refreshSize(); // it may have been grown
                Transfers.checkBounds(this, operation, offset, lengthBytes, sizeBytes);
            }
            begun = true;
        } finally {
            if (!begun) {
                inFlight.exit();
            }
        }
    }

    private void enter(String operation) throws DeviceException {
        if (!inFlight.enter()) {
            throw new DeviceException(name, operation, Errno.EBADF, "the device was closed");
        }
    }

    private void refreshSize() {
        long now = Libc.sizeBytes(fd);
        if (now >= 0) {
            sizeBytes = now;
        }
    }

    private boolean straight(MemorySegment segment) {
        return direct ? Transfers.direct(segment) : segment.isNative();
    }

    private boolean straight(MemorySegment[] segments) {
        for (MemorySegment segment : segments) {
            if (!straight(segment)) {
                return false;
            }
        }
        return true;
    }

    private void readFully(long offset, MemorySegment dst) throws DeviceException {
        long length = dst.byteSize();
        long done = 0;
        while (done < length) {
            long n = Libc.pread(fd, done == 0 ? dst : dst.asSlice(done), offset + done);
            done += progress("read", offset, length, done, n);
        }
    }

    private void writeFully(long offset, MemorySegment src) throws DeviceException {
        long length = src.byteSize();
        long done = 0;
        while (done < length) {
            long n = Libc.pwrite(fd, done == 0 ? src : src.asSlice(done), offset + done);
            done += progress("write", offset, length, done, n);
        }
    }

    private void transferVectors(boolean write, long offset, long length, MemorySegment[] segments)
            throws DeviceException {
        int limit = Math.min(segments.length, Libc.IOV_MAX);
        SegmentCursor cursor = new SegmentCursor(segments);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment iovecs = arena.allocate(ValueLayout.JAVA_LONG, 2L * limit);
            long done = 0;
            while (done < length) {
                int count = cursor.describe(iovecs, limit);
                long n = write
                        ? Libc.pwritev(fd, iovecs, count, offset + done)
                        : Libc.preadv(fd, iovecs, count, offset + done);
                long moved = progress(write ? "write" : "read", offset, length, done, n);
                cursor.skip(moved);
                done += moved;
            }
        } finally {
            // the kernel was given bare addresses
            Reference.reachabilityFence(segments);
        }
    }

    private void readBounced(long offset, long length, MemorySegment... dsts) throws DeviceException {
        SegmentCursor cursor = new SegmentCursor(dsts);
        for (long done = 0; done < length; ) {
            try (AlignedBuffers.Lease lease = bounce.lease(Math.min(length - done, AlignedBuffers.LARGE_BYTES))) {
                MemorySegment buffer = lease.segment();
                readFully(offset + done, buffer);
                cursor.copyFrom(buffer);
                done += buffer.byteSize();
            }
        }
    }

    private void writeBounced(long offset, long length, MemorySegment... srcs) throws DeviceException {
        SegmentCursor cursor = new SegmentCursor(srcs);
        for (long done = 0; done < length; ) {
            try (AlignedBuffers.Lease lease = bounce.lease(Math.min(length - done, AlignedBuffers.LARGE_BYTES))) {
                MemorySegment buffer = lease.segment();
                cursor.copyTo(buffer);
                writeFully(offset + done, buffer);
                done += buffer.byteSize();
            }
        }
    }

    /** What a call that returned {@code result} moved: its bytes, or 0 if it was interrupted before it moved any. */
    private long progress(String operation, long offset, long length, long done, long result) throws DeviceException {
        if (result > 0) {
            return result;
        }
        if (result == -Errno.EINTR.number()) {
            return 0;
        }
        if (result == 0) {
            String explanation = "the device ended after " + done + " bytes; was it made smaller?";
            throw new DeviceException(name, operation, offset, length, Errno.EIO, explanation);
        }
        throw new DeviceException(name, operation, offset, length, (int) -result);
    }
}
