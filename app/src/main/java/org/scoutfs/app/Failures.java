package org.scoutfs.app;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import org.scoutfs.device.DeviceException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * How commands fail: one line from the command, then {@code scoutfs: COMMAND failed: TEXT (ERRNO)}, exit code 1; a mistake in the call
 * exits with 64 (spec 5 section 5.1). A stack trace is shown only if SCOUTFS_DEBUG is set.
 */
public final class Failures {
    /** A command failed; also an unknown command. */
    public static final int FAILED = 1;

    /** The call was wrong. */
    public static final int USAGE = 64;

    private static final int COLUMNS = 79;

    private Failures() {}

    static int usage(ParameterException e, String[] args) {
        CommandLine line = e.getCommandLine();
        PrintWriter err = line.getErr();
        String name = line.getCommandName();
        if (line.getParent() == null) {
            if (e instanceof UnmatchedArgumentException unmatched
                    && !unmatched.getUnmatched().isEmpty()) {
                err.println("scoutfs: unrecognized command: '"
                        + unmatched.getUnmatched().getFirst() + "'");
                line.usage(err);
            }
            return FAILED;
        }
        err.println(reason(e, name));
        err.println(wrapped("Try `" + name + " --help' or `" + name + " --usage' for more information."));
        return USAGE;
    }

    /** A value that cannot be read has a line of its own, as the reference's commands print it, before the line of the command. */
    private static String reason(ParameterException e, String name) {
        if (e.getCause() instanceof TypeConversionException value && e.getArgSpec() != null) {
            ArgSpec argument = e.getArgSpec();
            String which = argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
            return value.getMessage() + "\n" + name + ": invalid value for " + which;
        }
        return name + ": " + e.getMessage();
    }

    /** Broken at a blank if it does not fit {@link #COLUMNS}. */
    static String wrapped(String text) {
        int end = text.length() < COLUMNS ? -1 : text.lastIndexOf(' ', COLUMNS);
        return end < 0 ? text : text.substring(0, end) + "\n" + text.substring(end + 1);
    }

    static int failed(Exception e, CommandLine line, ParseResult parsed) {
        PrintWriter err = line.getErr();
        Errno errno = errno(e);
        String text = e.getMessage();
        if (text != null && !text.isEmpty() && !text.equals(errno.name())) {
            err.println(text);
        }
        err.println("scoutfs: " + line.getCommandName() + " failed: " + text(errno));
        if (System.getenv("SCOUTFS_DEBUG") != null) {
            e.printStackTrace(err);
        }
        return FAILED;
    }

    /** One line for a failure: what it says, and the errno's text unless it is in there already. */
    public static String line(FsException e) {
        Errno errno = e.errno();
        String text = String.valueOf(e.getMessage());
        if (text.contains(errno.text())) {
            return text;
        }
        return text + ": " + text(errno);
    }

    /** {@code TEXT (NUMBER)}. */
    public static String text(Errno errno) {
        return errno.text() + " (" + errno.number() + ")";
    }

    /** The errno that an exception stands for. */
    public static Errno errno(Exception e) {
        return switch (e) {
            case FsException fs -> fs.errno();
            case DeviceException device -> device.errno();
            case NoSuchFileException _ -> Errno.ENOENT;
            case IOException _ -> Errno.EIO;
            case InterruptedException _ -> Errno.EINTR;
            default -> Errno.EIO;
        };
    }
}
