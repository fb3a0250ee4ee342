package org.scoutfs.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/** What an operation fails with. */
public final class FsErrors {
    private FsErrors() {}

    public static void assertFails(Errno errno, ThrowingCallable operation) {
        FsException failure = catchThrowableOfType(FsException.class, operation);
        assertThat(failure).as("expected " + errno).isNotNull();
        assertThat(failure.errno()).isEqualTo(errno);
    }
}
