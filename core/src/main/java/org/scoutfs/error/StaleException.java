package org.scoutfs.error;

/** A block reference no longer names what the device holds: read again from newer roots (spec 2 section 1.4). */
public final class StaleException extends FsException {
    private static final long serialVersionUID = 1L;

    public StaleException(String message) {
        super(Errno.ESTALE, message);
    }
}
