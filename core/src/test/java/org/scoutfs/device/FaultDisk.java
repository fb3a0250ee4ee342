package org.scoutfs.device;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;

/**
 * A disk in memory with a volatile write cache, for tests: it loses power, fails on demand, rots, and watches how it is used.
 *
 * <p>Several mounts {@link #open} it, each gets its own {@link FaultDevice}. Everything random comes from one seed.
 *
 * <ul>
 *   <li><b>Cache.</b> A write is seen by every reader at once and becomes stable with the next flush, whoever flushes. {@link
 *       #crashImage} is what the platters may hold if power fails now: each unflushed write kept, lost or torn at 512 or 4096 bytes,
 *       independently of all others. That includes every order in which a real cache may have written them.
 *   <li><b>Failed flush.</b> Each write it covered becomes stable, stays lost or is torn, now and for good, though readers still see it
 *       while power lasts; a later flush that succeeds does not repair that. Linux behaves so.
 *   <li><b>Failed write.</b> Leaves some of its sectors written.
 *   <li><b>Misuse.</b> Two writes that overlap in time and range are noted in {@link #violations}.
 * </ul>
 */
public final class FaultDisk {
    private final String name;

    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final SplittableRandom random;

    /** What readers see. */
    @GuardedBy("lock")
    private final MemoryDevice seen;

    /** What survives for certain. */
    @GuardedBy("lock")
    private final MemoryDevice stable;

    /** Writes since the last flush, oldest first. */
    @GuardedBy("lock")
    private final List<CachedWrite> unflushed = new ArrayList<>();

    @GuardedBy("lock")
    private final List<Fault> faults = new ArrayList<>();

    @GuardedBy("lock")
    private final List<Transfer> underWay = new ArrayList<>();

    @GuardedBy("lock")
    private final List<String> violations = new ArrayList<>();

    @GuardedBy("lock")
    private final Map<Operation, Long> counts = new EnumMap<>(Operation.class);

    @GuardedBy("lock")
    private boolean powered = true;

    /** A disk full of zeros. */
    public FaultDisk(String name, long sizeBytes, long seed) {
        this(MemoryDevice.create(name, sizeBytes), seed);
    }

    /** A disk with a copy of these contents, all stable: how a disk looks when power is back. */
    public FaultDisk(MemoryDevice contents, long seed) {
        name = contents.name();
        random = new SplittableRandom(seed);
        seen = contents.copy(name);
        stable = contents.copy(name);
    }

    /** What can be counted and made to fail. */
    public enum Operation {
        READ,
        WRITE,
        FLUSH,
        DISCARD;

        String verb() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * An operation about to happen.
     *
     * @param number how many of its kind happened on this disk before, so the first is 0
     * @param opener who opened the device it comes through
     */
    public record Request(Operation operation, long number, long offset, long lengthBytes, String opener) {
        public boolean overlaps(long otherOffset, long otherLengthBytes) {
            return offset < otherOffset + otherLengthBytes && otherOffset < offset + lengthBytes;
        }
    }

    /** Decides before each operation whether it fails. Called without locks: may block, to hold an operation under way. */
    @FunctionalInterface
    public interface Fault {
        /** The errno to fail with, or null. */
        @Nullable
        Errno check(Request request);

        /** Fails one operation: the {@code number}th of its kind, counted from 0 since the disk was made. */
        static Fault onNumber(Operation operation, long number, Errno errno) {
            return request -> request.operation() == operation && request.number() == number ? errno : null;
        }

        /** Fails every operation of a kind that touches a range. */
        static Fault inRange(Operation operation, long offset, long lengthBytes, Errno errno) {
            return request -> request.operation() == operation && request.overlaps(offset, lengthBytes) ? errno : null;
        }
    }

    /** A device on this disk for one mount or tool. */
    public FaultDevice open(String opener) {
        return new FaultDevice(this, opener, Access.READ_WRITE);
    }

    public FaultDevice open(String opener, Access access) {
        return new FaultDevice(this, opener, access);
    }

    public String name() {
        return name;
    }

    public long sizeBytes() {
        lock.lock();
        try {
            return seen.sizeBytes();
        } finally {
            lock.unlock();
        }
    }

    /** Puts a fault in force until {@link #repair}. */
    public void inject(Fault fault) {
        lock.lock();
        try {
            faults.add(fault);
        } finally {
            lock.unlock();
        }
    }

    /** Takes all faults away. */
    public void repair() {
        lock.lock();
        try {
            faults.clear();
        } finally {
            lock.unlock();
        }
    }

    /** Power fails: every operation from now on fails with EIO. Returns what is left, as {@link #crashImage} does. */
    public MemoryDevice crash() {
        lock.lock();
        try {
            powered = false;
            return crashImage(random.nextLong());
        } finally {
            lock.unlock();
        }
    }

    /** What the disk may hold if power fails now; the disk goes on. Different seeds give different outcomes of the same moment. */
    public MemoryDevice crashImage(long seed) {
        lock.lock();
        try {
            SplittableRandom fate = new SplittableRandom(seed);
            MemoryDevice image = stable.copy(name);
            for (CachedWrite write : unflushed) {
                write.settle(image, fate);
            }
            return image;
        } finally {
            lock.unlock();
        }
    }

    /** What readers see now, a copy: the outcome of an orderly shutdown. */
    public MemoryDevice image() {
        lock.lock();
        try {
            return seen.copy(name);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Changes one byte in every sector of a range, in the cache and on the platters.
     *
     * @param offset a multiple of 512, as {@code lengthBytes}
     */
    public void corrupt(long offset, long lengthBytes) {
        lock.lock();
        try {
            for (long at = offset; at < offset + lengthBytes; at += CachedWrite.SECTOR_BYTES) {
                int within = (int) (at % BlockDevice.ALIGNMENT) + random.nextInt(CachedWrite.SECTOR_BYTES);
                byte flips = (byte) (1 + random.nextInt(255));
                for (MemoryDevice image : List.of(seen, stable)) {
                    byte[] unit = new byte[BlockDevice.ALIGNMENT];
                    image.read(at - at % BlockDevice.ALIGNMENT, MemorySegment.ofArray(unit));
                    unit[within] ^= flips;
                    image.write(at - at % BlockDevice.ALIGNMENT, MemorySegment.ofArray(unit));
                }
            }
        } catch (DeviceException e) {
            throw new IllegalArgumentException(e);
        } finally {
            lock.unlock();
        }
    }

    public int unflushedWrites() {
        lock.lock();
        try {
            return unflushed.size();
        } finally {
            lock.unlock();
        }
    }

    /** Operations of a kind so far, failed ones included. */
    public long count(Operation operation) {
        lock.lock();
        try {
            return counts.getOrDefault(operation, 0L);
        } finally {
            lock.unlock();
        }
    }

    /** How the disk was misused, one sentence each; a correct user leaves none. */
    public List<String> violations() {
        lock.lock();
        try {
            return List.copyOf(violations);
        } finally {
            lock.unlock();
        }
    }

    void read(FaultDevice device, long offset, MemorySegment[] dsts) throws DeviceException {
        Transfer transfer = begin(device, Operation.READ, offset, Transfers.totalBytes(dsts));
        Errno errno = transfer.askFaults();
        lock.lock();
        try {
            end(transfer);
            if (errno == null) {
                seen.readScatter(offset, dsts);
            }
        } finally {
            lock.unlock();
        }
        transfer.throwIf(errno);
    }

    void write(FaultDevice device, long offset, MemorySegment[] srcs) throws DeviceException {
        byte[] data = new byte[Math.toIntExact(Transfers.totalBytes(srcs))];
        new SegmentCursor(srcs).copyTo(MemorySegment.ofArray(data));
        change(begin(device, Operation.WRITE, offset, data.length), data);
    }

    /** A discarded range is like one written with zeros. */
    void discard(FaultDevice device, long offset, long lengthBytes) throws DeviceException {
        change(begin(device, Operation.DISCARD, offset, lengthBytes), new byte[Math.toIntExact(lengthBytes)]);
    }

    void flush(FaultDevice device) throws DeviceException {
        Transfer transfer = begin(device, Operation.FLUSH, 0, 0);
        Errno errno = transfer.askFaults();
        lock.lock();
        try {
            end(transfer);
            for (CachedWrite write : unflushed) {
                if (errno == null) {
                    write.applyTo(stable);
                } else {
                    write.settle(stable, random);
                }
            }
            unflushed.clear();
        } finally {
            lock.unlock();
        }
        transfer.throwIf(errno);
    }

    private void change(Transfer transfer, byte[] data) throws DeviceException {
        CachedWrite write = new CachedWrite(transfer.request.offset(), data);
        Errno errno = transfer.askFaults();
        lock.lock();
        try {
            end(transfer);
            if (errno == null) {
                accept(write);
            } else {
                for (CachedWrite unit : write.units()) {
                    if (random.nextBoolean()) {
                        accept(unit);
                    }
                }
            }
        } finally {
            lock.unlock();
        }
        transfer.throwIf(errno);
    }

    @GuardedBy("lock")
    private void accept(CachedWrite write) {
        write.applyTo(seen);
        unflushed.add(write);
    }

    private Transfer begin(FaultDevice device, Operation operation, long offset, long length) throws DeviceException {
        String verb = operation.verb();
        Transfers.checkAligned(device, verb, offset, length);
        device.checkUsable(verb, offset, length);
        lock.lock();
        try {
            Transfers.checkBounds(device, verb, offset, length, seen.sizeBytes());
            long number = counts.merge(operation, 1L, Long::sum) - 1;
            Request request = new Request(operation, number, offset, length, device.opener());
            for (Transfer other : underWay) {
                if (other.request.operation() == Operation.WRITE
                        && operation == Operation.WRITE
                        && other.request.overlaps(offset, length)) {
                    violations.add("overlapping writes at the same time: " + other.request + " and " + request);
                }
            }
            Transfer transfer = new Transfer(device, request, List.copyOf(faults));
            underWay.add(transfer);
            return transfer;
        } finally {
            lock.unlock();
        }
    }

    /** After this it is too late for a power failure to prevent the operation. */
    @GuardedBy("lock")
    private void end(Transfer transfer) throws DeviceException {
        underWay.remove(transfer);
        if (!powered || transfer.device.isCut()) {
            transfer.fail(Errno.EIO, powered ? "the device was cut off" : "power has failed");
        }
    }

    /** One operation under way; compared by identity. */
    private static final class Transfer {
        final FaultDevice device;
        final Request request;
        private final List<Fault> faults;

        Transfer(FaultDevice device, Request request, List<Fault> faults) {
            this.device = device;
            this.request = request;
            this.faults = faults;
        }

        /** Without the disk's lock: a fault may block. */
        @Nullable
        Errno askFaults() {
            for (Fault fault : faults) {
                Errno errno = fault.check(request);
                if (errno != null) {
                    return errno;
                }
            }
            return null;
        }

        void throwIf(@Nullable Errno errno) throws DeviceException {
            if (errno != null) {
                fail(errno, "injected into " + request);
            }
        }

        void fail(Errno errno, String why) throws DeviceException {
            String verb = request.operation().verb();
            throw new DeviceException(device.name(), verb, request.offset(), request.lengthBytes(), errno, why);
        }
    }
}
