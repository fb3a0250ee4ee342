package org.scoutfs.fuse.ioctl;

import java.lang.foreign.MemorySegment;
import org.scoutfs.error.FsException;

/** Memory of whoever waits for the answer to an ioctl. It may be a mapping of a file of this very mount: touched with no lock held. */
public interface CallerMemory {
    /** Fills {@code to}; EFAULT if any of it cannot be read. */
    void read(long address, MemorySegment to) throws FsException;

    /** Writes all of {@code from}; EFAULT if any of it cannot be written, what comes before it may have been. */
    void write(long address, MemorySegment from) throws FsException;
}
