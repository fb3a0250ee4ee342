package org.scoutfs.fuse;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fuse.ioctl.CallerMemory;
import org.scoutfs.host.BlockingAware;

/**
 * Memory of a thread that sleeps in the kernel until we answer, so that its id stays its own and its process cannot exec; its other threads
 * run, and may unmap or fill what is copied (spec 5 section 2.3). When the connection has ended nothing of that holds any more, and nothing
 * is touched.
 *
 * <p>Before a copy its reader steps aside: the memory may be a mapping of a file of this very mount, which sends us requests then.
 */
final class ProcessMemory implements CallerMemory {
    private static final long PIECE_BYTES = 1 << 20;
    private static final int EPERM = -Errno.EPERM.number();
    private static final int ENOSYS = -Errno.ENOSYS.number();

    private final Session session;
    private final int tid;

    /** @param tid of the caller, 0 if the kernel could not tell */
    ProcessMemory(Session session, int tid) {
        this.session = session;
        this.tid = tid;
    }

    @Override
    public void read(long address, MemorySegment to) throws FsException {
        copy(address, to, false);
    }

    @Override
    public void write(long address, MemorySegment from) throws FsException {
        copy(address, from, true);
    }

    private void copy(long address, MemorySegment own, boolean write) throws FsException {
        long bytes = own.byteSize();
        if (bytes == 0) {
            return;
        }
        if (tid == 0 || Long.compareUnsigned(address, address + bytes) > 0) {
            throw new FsException(Errno.EFAULT);
        }
        BlockingAware.beforeBlocking();
        try (Arena arena = Arena.ofConfined()) {
            // The kernel takes addresses, and memory on the heap has none.
            MemorySegment bounce = own.isNative() ? MemorySegment.NULL : arena.allocate(Math.min(bytes, PIECE_BYTES));
            for (long done = 0; done < bytes; ) {
                long piece = Math.min(PIECE_BYTES, bytes - done);
                MemorySegment part = own.asSlice(done, piece);
                MemorySegment fixed = own.isNative() ? part : bounce.asSlice(0, piece);
                if (write && fixed != part) {
                    fixed.copyFrom(part);
                }
                copyPiece(address + done, fixed, write);
                if (!write && fixed != part) {
                    part.copyFrom(fixed);
                }
                done += piece;
            }
        }
    }

    private void copyPiece(long address, MemorySegment own, boolean write) throws FsException {
        if (session.disconnected()) {
            throw new FsException(Errno.EFAULT);
        }
        long n = session.copies.copy(tid, address, own.address(), own.byteSize(), write);
        if (n == EPERM || n == ENOSYS) {
            session.callerAccess.refused(tid, Errno.of((int) -n));
            if (!write) {
                // This way of writing would ignore the protection of pages, so it is for reading only.
                n = readFile(address, own);
            }
        }
        if (n != own.byteSize()) {
            throw new FsException(Errno.EFAULT);
        }
    }

    private long readFile(long address, MemorySegment to) {
        Path memory = Path.of("/proc", Integer.toString(tid), "mem");
        try (FileChannel channel = FileChannel.open(memory, StandardOpenOption.READ)) {
            return address < 0 ? 0 : channel.read(to.asByteBuffer(), address);
        } catch (IOException e) {
            return 0;
        }
    }
}
