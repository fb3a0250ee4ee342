package org.scoutfs.app.ioctl;

import org.scoutfs.app.Failures;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/** Gives the failures of ioctls the lines of the reference's commands (spec 5 section 5.2). */
public final class IoctlErrors {
    private IoctlErrors() {}

    /** Asks something of a mount. */
    @FunctionalInterface
    public interface Question<T> {
        T ask() throws FsException;
    }

    /** Has a mount do something. */
    @FunctionalInterface
    public interface Order {
        void give() throws FsException;
    }

    /** A failure says {@code WHAT: TEXT (ERRNO)}. */
    public static <T> T ask(String what, Question<T> question) throws FsException {
        try {
            return question.ask();
        } catch (FsException e) {
            throw new FsException(e.errno(), what + ": " + Failures.text(e.errno()), e);
        }
    }

    /** As {@link #ask}. */
    public static void order(String what, Order order) throws FsException {
        ask(what, () -> {
            order.give();
            return true;
        });
    }

    /** A failure says {@code WHAT: error TEXT (ERRNO)} and ends the command with EIO, whatever it was. */
    public static <T> T askOrEio(String what, Question<T> question) throws FsException {
        try {
            return question.ask();
        } catch (FsException e) {
            throw new FsException(Errno.EIO, what + ": error " + Failures.text(e.errno()), e);
        }
    }
}
