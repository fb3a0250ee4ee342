package org.scoutfs.device;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;

/**
 * A device in the heap of this JVM, for tests and demonstrations. Ranges never written take no memory and read as zeros.
 *
 * <p>The contents live as long as somebody refers to them: {@link #open} gives further devices on the same contents, as several mounts
 * open one file, each closed by its opener. Contents survive a close. Durability is that of the process; {@code flush} does nothing.
 */
public final class MemoryDevice implements BlockDevice {
    private final String name;
    private final Contents contents;
    private final boolean readOnly;
    private final AtomicBoolean closed = new AtomicBoolean();

    private MemoryDevice(String name, Contents contents, boolean readOnly) {
        this.name = name;
        this.contents = contents;
        this.readOnly = readOnly;
    }

    /** A writable device full of zeros. */
    public static MemoryDevice create(String name, long sizeBytes) {
        if (sizeBytes < 0) {
            throw new IllegalArgumentException(name + ": size " + sizeBytes);
        }
        return new MemoryDevice(name, new Contents(sizeBytes), false);
    }

    /** Another device on the same contents, also when this one is closed. */
    public MemoryDevice open(Access access) {
        return new MemoryDevice(name, contents, access == Access.READ_ONLY);
    }

    /** A writable device with a copy of the present contents; writes under way may be in it or not. */
    public MemoryDevice copy(String copyName) {
        return new MemoryDevice(copyName, new Contents(contents), false);
    }

    /** Makes every device on these contents this large. What is cut off is lost. */
    public void resize(long sizeBytes) {
        contents.resize(sizeBytes);
    }

    /** Memory taken by what was written, in bytes. */
    public long allocatedBytes() {
        return (long) contents.chunks.size() * Contents.CHUNK_BYTES;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long sizeBytes() {
        return contents.sizeBytes;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public boolean isBlockSpecial() {
        return false;
    }

    @Override
    public void read(long offset, MemorySegment dst) throws DeviceException {
        readScatter(offset, dst);
    }

    @Override
    public void write(long offset, MemorySegment src) throws DeviceException {
        writeGather(offset, src);
    }

    @Override
    public void readScatter(long offset, MemorySegment... dsts) throws DeviceException {
        for (MemorySegment dst : dsts) {
            Transfers.checkFillable(dst);
        }
        check("read", offset, Transfers.totalBytes(dsts));
        long position = offset;
        for (MemorySegment dst : dsts) {
            contents.read(position, dst);
            position += dst.byteSize();
        }
    }

    @Override
    public void writeGather(long offset, MemorySegment... srcs) throws DeviceException {
        long length = Transfers.totalBytes(srcs);
        Transfers.checkWritable(this, "write", offset, length);
        check("write", offset, length);
        long position = offset;
        for (MemorySegment src : srcs) {
            contents.write(position, src);
            position += src.byteSize();
        }
    }

    @Override
    public void flush() throws DeviceException {
        checkOpen("flush");
    }

    @Override
    public boolean discard(long offset, long lengthBytes) throws DeviceException {
        Transfers.checkWritable(this, "discard", offset, lengthBytes);
        check("discard", offset, lengthBytes);
        contents.discard(offset, lengthBytes);
        return true;
    }

    @Override
    public void close() {
        closed.set(true);
        contents.alive.values().remove(this);
    }

    @Override
    public boolean markAlive(long id) throws DeviceException {
        checkOpen("marking");
        MemoryDevice other = contents.alive.putIfAbsent(id, this);
        return other == null || other == this;
    }

    @Override
    public boolean isDead(long id) throws DeviceException {
        checkOpen("marking");
        return !contents.alive.containsKey(id);
    }

    @Override
    public String toString() {
        return name;
    }

    private void check(String operation, long offset, long lengthBytes) throws DeviceException {
        Transfers.checkAligned(this, operation, offset, lengthBytes);
        checkOpen(operation);
        Transfers.checkBounds(this, operation, offset, lengthBytes, contents.sizeBytes);
    }

    private void checkOpen(String operation) throws DeviceException {
        if (closed.get()) {
            throw new DeviceException(name, operation, Errno.EBADF, "the device was closed");
        }
    }

    /** Chunks by their number; a missing one is all zeros. Chunks come and go, bytes within are as racy as a real device's. */
    private static final class Contents {
        static final int CHUNK_BYTES = 64 << 10;

        final ConcurrentSkipListMap<Long, MemorySegment> chunks = new ConcurrentSkipListMap<>();
        /** Which open has declared which id alive. */
        final ConcurrentHashMap<Long, MemoryDevice> alive = new ConcurrentHashMap<>();

        volatile long sizeBytes;

        Contents(long sizeBytes) {
            this.sizeBytes = sizeBytes;
        }

        Contents(Contents other) {
            sizeBytes = other.sizeBytes;
            other.chunks.forEach(
                    (number, chunk) -> chunks.put(number, newChunk().copyFrom(chunk)));
        }

        void read(long offset, MemorySegment dst) {
            for (long done = 0; done < dst.byteSize(); ) {
                long position = offset + done;
                long within = position % CHUNK_BYTES;
                long length = Math.min(dst.byteSize() - done, CHUNK_BYTES - within);
                @Nullable MemorySegment chunk = chunks.get(position / CHUNK_BYTES);
                if (chunk == null) {
                    dst.asSlice(done, length).fill((byte) 0);
                } else {
                    MemorySegment.copy(chunk, within, dst, done, length);
                }
                done += length;
            }
        }

        void write(long offset, MemorySegment src) {
            for (long done = 0; done < src.byteSize(); ) {
                long position = offset + done;
                long within = position % CHUNK_BYTES;
                long length = Math.min(src.byteSize() - done, CHUNK_BYTES - within);
                MemorySegment chunk = chunks.computeIfAbsent(position / CHUNK_BYTES, number -> newChunk());
                MemorySegment.copy(src, done, chunk, within, length);
                done += length;
            }
        }

        void discard(long offset, long lengthBytes) {
            for (long done = 0; done < lengthBytes; ) {
                long position = offset + done;
                long within = position % CHUNK_BYTES;
                long length = Math.min(lengthBytes - done, CHUNK_BYTES - within);
                if (length == CHUNK_BYTES) {
                    chunks.remove(position / CHUNK_BYTES);
                } else {
                    MemorySegment chunk = chunks.get(position / CHUNK_BYTES);
                    if (chunk != null) {
                        chunk.asSlice(within, length).fill((byte) 0);
                    }
                }
                done += length;
            }
        }

        void resize(long newSizeBytes) {
            long kept = (newSizeBytes + CHUNK_BYTES - 1) / CHUNK_BYTES;
            chunks.tailMap(kept, true).clear();
            MemorySegment last = chunks.get(newSizeBytes / CHUNK_BYTES);
            if (last != null) {
                last.asSlice(newSizeBytes % CHUNK_BYTES).fill((byte) 0);
            }
            sizeBytes = newSizeBytes;
        }

        private static MemorySegment newChunk() {
            return MemorySegment.ofArray(new byte[CHUNK_BYTES]);
        }
    }
}
