package org.scoutfs.app.archive;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Timespec;

/** An open inode. One thread. */
interface VolumeFile extends AutoCloseable {
    /**
     * What a file is at one moment. The version is read first: if a later one is the same, the size was that of this version.
     *
     * @param online blocks of 4 KiB on the data device
     * @param offline blocks of 4 KiB that were released
     */
    record State(boolean regular, long size, long version, long online, long offline, Timespec mtime) {}

    State state() throws FsException;

    /** Some bytes, 0 at the end of the file; waits for offline ones. */
    int read(long offset, MemorySegment to) throws FsException;

    /** Where contents begin, offline or not, at or after an offset; -1 if there are none. */
    long nextData(long offset) throws FsException;

    /** Where the next hole begins, at the latest at the end of the file; -1 beyond it. */
    long nextHole(long offset) throws FsException;

    /** The text of the agent's attribute; null if there is none. */
    @Nullable
    String record() throws FsException;

    /** Changes neither contents, version nor the time of modification. */
    void setRecord(String text) throws FsException;

    /** Frees all blocks, also beyond the end. @throws FsException ESTALE if the file is not at this version */
    void release(long version) throws FsException;

    /** Brings bytes back, invisibly. @throws FsException ESTALE if the file is not at this version */
    void stage(long version, long offset, MemorySegment bytes) throws FsException;

    @Override
    void close();
}
