package org.scoutfs.fuse.protocol;

import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/** A request that contradicts itself: answered with EIO, counted, and the next one is read. */
public final class MalformedRequestException extends FsException {
    private static final long serialVersionUID = 1L;

    MalformedRequestException(String message) {
        super(Errno.EIO, message);
    }
}
