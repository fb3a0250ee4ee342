package org.scoutfs.error;

import org.jspecify.annotations.Nullable;

/**
 * An operation failed with an errno. Carries no stack trace: it is an outcome, not a defect.
 *
 * <p>The message is a sentence for a person (what, where, what to do) or empty where the errno says everything.
 */
public class FsException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Errno errno;

    public FsException(Errno errno) {
        this(errno, "", null);
    }

    public FsException(Errno errno, String message) {
        this(errno, message, null);
    }

    public FsException(Errno errno, String message, @Nullable Throwable cause) {
        super(message.isEmpty() ? errno.name() : message, cause, false, false);
        this.errno = errno;
    }

    public final Errno errno() {
        return errno;
    }
}
