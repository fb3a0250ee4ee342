package org.scoutfs.net;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.Command;

/** A thread that waits for the response to its request. Completed once, by the reader or by who ends the association. */
final class Call implements Outgoing.Completion {
    private final Command command;
    private final Thread caller = Thread.currentThread();
    private volatile Outgoing.@Nullable Outcome outcome;

    Call(Command command) {
        this.command = command;
    }

    void complete(Outgoing.Outcome result) {
        outcome = result;
        LockSupport.unpark(caller);
    }

    /** Waits without limit; an interrupt is noted and kept for the caller. */
    byte[] await() throws FsException {
        boolean interrupted = false;
        Outgoing.Outcome result;
        while ((result = outcome) == null) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            caller.interrupt();
        }
        Errno error = result.error();
        if (error != null) {
            throw new FsException(error, command + " failed: " + error.text());
        }
        return result.payload();
    }
}
