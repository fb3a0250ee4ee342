package org.scoutfs.fuse;

import java.lang.foreign.MemorySegment;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/**
 * The memory of a process that waits for our answer (spec 5 section 2.3). It may be a mapping of a file on this very mount, so that the copy
 * sends requests to us: no lock is held meanwhile.
 */
final class CallerMemory {
    private static final long PIECE_BYTES = 1 << 20;

    private CallerMemory() {}

    /**
     * Writes all of {@code from}.
     *
     * @param pid of the caller, 0 if the kernel could not tell
     * @throws FsException EFAULT if any of it cannot be written or the caller cannot be reached
     */
    static void write(int pid, long address, MemorySegment from) throws FsException {
        if (pid == 0 || Long.compareUnsigned(address, address + from.byteSize()) > 0) {
            throw new FsException(Errno.EFAULT);
        }
        for (long done = 0; done < from.byteSize(); ) {
            long piece = Math.min(PIECE_BYTES, from.byteSize() - done);
            long n = NativeCalls.writeProcess(pid, address + done, from.asSlice(done, piece));
            if (n != piece) {
                throw new FsException(Errno.EFAULT);
            }
            done += n;
        }
    }
}
