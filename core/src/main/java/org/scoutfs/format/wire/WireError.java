package org.scoutfs.format.wire;

import org.scoutfs.error.Errno;

/** The seven error values a response can carry, spec 3 section 4.2: index is the value on the wire, 0 is success. */
public final class WireError {
    /** Values at and above this are impossible. */
    public static final int COUNT = 7;
    /** No error. */
    public static final int NONE = 0;

    private static final Errno[] ERRNO = {
        Errno.ENOENT, Errno.ENOMEM, Errno.EIO, Errno.ENOSPC, Errno.EINVAL, Errno.ENOLINK,
    };
    private static final int EINVAL = 5;

    private WireError() {}

    /** The value that stands for {@code errno}, 1..6; an errno that has none travels as EINVAL. */
    public static int of(Errno errno) {
        for (int i = 0; i < ERRNO.length; i++) {
            if (ERRNO[i] == errno) {
                return i + 1;
            }
        }
        return EINVAL;
    }

    /**
     * The errno that {@code wire} stands for.
     *
     * @throws IllegalArgumentException unless {@code wire} is 1..6
     */
    public static Errno toErrno(int wire) {
        if (wire <= NONE || wire >= COUNT) {
            throw new IllegalArgumentException("error value " + wire);
        }
        return ERRNO[wire - 1];
    }
}
