package org.scoutfs.device;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.scoutfs.host.HostClock;

/**
 * A disk in memory for long simulations: pages of zeros take no memory, and of metadata blocks most pages are; what others take is not on the
 * heap and goes with {@link #close}. Writes are stable at once. Each mount {@link #open}s it, and can be cut off from it alone, which is
 * what fencing does.
 */
public final class SharedDisk implements AutoCloseable {
    private static final int PAGE_BYTES = 4096;
    private static final long SLAB_BYTES = 1 << 20;
    private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[PAGE_BYTES]);

    private final String name;
    private final Arena arena = Arena.ofShared();
    private final ConcurrentHashMap<Long, MemorySegment> pages = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<MemorySegment> unused = new ConcurrentLinkedQueue<>();
    private volatile long sizeBytes;

    public SharedDisk(String name, long sizeBytes) {
        this.name = name;
        this.sizeBytes = sizeBytes;
    }

    public Opened open() {
        return new Opened();
    }

    /** As a disk that has grown. */
    public void grow(long newSizeBytes) {
        sizeBytes = newSizeBytes;
    }

    /** The contents are gone; nobody uses the disk any more. */
    @Override
    public void close() {
        arena.close();
    }

    private MemorySegment newPage() {
        MemorySegment page = unused.poll();
        while (page == null) {
            MemorySegment slab = arena.allocate(SLAB_BYTES, PAGE_BYTES);
            for (long at = 0; at < SLAB_BYTES; at += PAGE_BYTES) {
                unused.add(slab.asSlice(at, PAGE_BYTES));
            }
            page = unused.poll();
        }
        return page.fill((byte) 0);
    }

    private void read(long offset, MemorySegment dst) {
        for (long done = 0; done < dst.byteSize(); ) {
            long at = offset + done;
            int within = (int) (at % PAGE_BYTES);
            long length = Math.min(dst.byteSize() - done, PAGE_BYTES - within);
            MemorySegment page = pages.get(at / PAGE_BYTES);
            if (page == null) {
                dst.asSlice(done, length).fill((byte) 0);
            } else {
                MemorySegment.copy(page, within, dst, done, length);
            }
            done += length;
        }
    }

    private void write(long offset, MemorySegment src) {
        for (long done = 0; done < src.byteSize(); ) {
            long at = offset + done;
            int within = (int) (at % PAGE_BYTES);
            long length = Math.min(src.byteSize() - done, PAGE_BYTES - within);
            MemorySegment part = src.asSlice(done, length);
            if (length == PAGE_BYTES && part.mismatch(ZEROS) < 0) {
                MemorySegment freed = pages.remove(at / PAGE_BYTES);
                if (freed != null) {
                    unused.add(freed);
                }
            } else {
                MemorySegment page = pages.computeIfAbsent(at / PAGE_BYTES, number -> newPage());
                MemorySegment.copy(part, 0, page, within, length);
            }
            done += length;
        }
    }

    /** The disk as one mount has it. */
    public final class Opened implements BlockDevice {
        private volatile boolean cut;
        private final AtomicLong writes = new AtomicLong();
        private volatile @Nullable HostClock clock;
        private volatile long nanosPerTransfer;

        /** From now on each transfer and flush of this mount takes so long. */
        public void slow(HostClock ofMount, long nanos) {
            nanosPerTransfer = nanos;
            clock = ofMount;
        }

        /** Writes of this mount that were not refused. */
        public long writes() {
            return writes.get();
        }

        /** From now on every transfer of this mount fails. */
        public void cut() {
            cut = true;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public long sizeBytes() {
            return sizeBytes;
        }

        @Override
        public boolean readOnly() {
            return false;
        }

        @Override
        public boolean isBlockSpecial() {
            return false;
        }

        @Override
        public void read(long offset, MemorySegment dst) throws IOException {
            check();
            SharedDisk.this.read(offset, dst);
        }

        @Override
        public void write(long offset, MemorySegment src) throws IOException {
            check();
            writes.incrementAndGet();
            SharedDisk.this.write(offset, src);
        }

        @Override
        public void readScatter(long offset, MemorySegment... dsts) throws IOException {
            long at = offset;
            for (MemorySegment dst : dsts) {
                read(at, dst);
                at += dst.byteSize();
            }
        }

        @Override
        public void writeGather(long offset, MemorySegment... srcs) throws IOException {
            long at = offset;
            for (MemorySegment src : srcs) {
                write(at, src);
                at += src.byteSize();
            }
        }

        @Override
        public void flush() throws IOException {
            check();
        }

        @Override
        public void close() {
            cut = true;
        }

        private void check() throws IOException {
            HostClock passing = clock;
            if (passing != null) {
                try {
                    passing.sleep(nanosPerTransfer);
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            if (cut) {
                throw new IOException(name + " was taken away");
            }
        }
    }
}
