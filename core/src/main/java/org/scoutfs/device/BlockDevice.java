package org.scoutfs.device;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A range of bytes that survives the process, addressed in units of {@value #ALIGNMENT} bytes.
 *
 * <ul>
 *   <li><b>Positioned.</b> There is no file position; every transfer names its offset.
 *   <li><b>Whole or failed.</b> A transfer that returns has moved every byte. After a failed write the range holds, in units of a
 *       sector, old or new contents.
 *   <li><b>Alignment.</b> Offset and total length are multiples of {@value #ALIGNMENT}, otherwise IllegalArgumentException: that is a
 *       defect of the caller. Memory may be anything; native segments whose address and length are multiples of {@value #ALIGNMENT}
 *       go straight to the device, others are copied through aligned buffers.
 *   <li><b>Bounds.</b> A transfer that reaches past {@link #sizeBytes()} fails with {@link DeviceException} EIO and moves nothing. A
 *       write never makes a device larger. Bytes after the last whole unit cannot be reached.
 *   <li><b>Durability.</b> A write is visible to every reader of the device when it returns, and stable only after a later {@link
 *       #flush()} returned. Until then a crash may keep it, lose it or tear it between sectors, and unflushed writes in any order.
 *   <li><b>Threads.</b> Any number of threads at once. Transfers that overlap in time and range are not atomic against each other.
 *   <li><b>Errors.</b> {@link DeviceException} names device, operation, offset, length and errno. Nothing is retried except what the
 *       kernel cut short.
 *   <li><b>Ownership.</b> Who opens closes, once. {@code close} waits for transfers under way and does not flush; later calls fail
 *       with {@link DeviceException} EBADF. Memory stays the caller's and must live until the call returns.
 * </ul>
 */
public interface BlockDevice extends AutoCloseable {
    /** The unit of offsets and lengths: the small block of the format, and what direct I/O needs at most. */
    int ALIGNMENT = 4096;

    /** Path or label, for messages. */
    String name();

    /** Size now, in bytes; a device that was grown while open shows its new size. */
    long sizeBytes();

    /** Whether writes fail with EROFS. */
    boolean readOnly();

    /** Whether this is a block device of the operating system, as opposed to a file or memory. */
    boolean isBlockSpecial();

    /** Fills {@code dst} with the bytes from {@code offset}. */
    void read(long offset, MemorySegment dst) throws IOException;

    /** Writes all of {@code src} at {@code offset}. */
    void write(long offset, MemorySegment src) throws IOException;

    /** Fills the segments one after the other with the contiguous bytes from {@code offset}; only the sum of lengths need be aligned. */
    void readScatter(long offset, MemorySegment... dsts) throws IOException;

    /** Writes the segments one after the other, contiguous from {@code offset}; only the sum of lengths need be aligned. */
    void writeGather(long offset, MemorySegment... srcs) throws IOException;

    /**
     * Returns when every write that returned before this call is stable, through volatile caches too. After a failure nothing may be
     * assumed about any write since the last successful flush, also if a later flush succeeds.
     */
    void flush() throws IOException;

    /**
     * Gives the storage of a range back if the device can.
     *
     * @return true: the range now reads as zeros (stable after a flush, as if written); false: not supported, nothing changed
     */
    default boolean discard(long offset, long lengthBytes) throws IOException {
        return false;
    }

    /**
     * Declares that the owner of {@code id} lives, to everybody on this machine who has the same device open; until this open is closed
     * or the process ends, however it ends. Nothing is written.
     *
     * @param id random; its top and its lowest bit do not count
     * @return false if the device cannot do that
     */
    default boolean markAlive(long id) throws IOException {
        return false;
    }

    /** Whether it is certain that nobody on this machine who has the device open has declared {@code id} alive. */
    default boolean isDead(long id) throws IOException {
        return false;
    }

    @Override
    void close() throws IOException;
}
