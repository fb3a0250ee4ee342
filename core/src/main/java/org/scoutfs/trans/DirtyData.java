package org.scoutfs.trans;

import org.scoutfs.error.FsException;

/** Dirty file contents of the mount as the commit sees them, spec 2 section 5.3 steps 1 and 6. */
public interface DirtyData {
    /** Starts to write all dirty data of this transaction to the data device and does not wait. */
    void startWriteback() throws FsException;

    /** Waits until all of it is stable on the data device, flush included. On failure it stays dirty and is tried again. */
    void finishWriteback() throws FsException;
}
