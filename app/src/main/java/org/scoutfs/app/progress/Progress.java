package org.scoutfs.app.progress;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.Locale;
import org.scoutfs.app.ByteSizes;
import org.scoutfs.host.HostClock;

/**
 * How far a long run is: one line, rewritten in place on a terminal, else a new one every few seconds. Nothing is said in the first second. Not
 * thread-safe.
 */
public final class Progress implements AutoCloseable {
    private static final long FIRST_NANOS = 1_000_000_000L;
    private static final long LINES_NANOS = 5_000_000_000L;
    private static final long TERMINAL_NANOS = 200_000_000L;

    /** Where and whether it is said. */
    public enum Form {
        NONE,
        LINES,
        TERMINAL
    }

    /** What is counted. */
    public enum Unit {
        BYTES,
        RULES;

        String amount(long count) {
            return this == BYTES ? ByteSizes.human(count) : String.format(Locale.ROOT, "%,d", count);
        }
    }

    private final PrintWriter err;
    private final Form form;
    private final HostClock clock;
    private final String what;
    private final Unit unit;
    private final long total;
    private final Runnable atEnd;
    private final long startNanos;
    private long nextNanos;
    private long done;
    private boolean shown;

    /** @param atEnd done when this is closed */
    Progress(PrintWriter err, Form form, HostClock clock, String what, Unit unit, long total, Runnable atEnd) {
        this.err = err;
        this.form = form;
        this.clock = clock;
        this.what = what;
        this.unit = unit;
        this.total = total;
        this.atEnd = atEnd;
        this.startNanos = clock.nanoTime();
        this.nextNanos = startNanos + FIRST_NANOS;
    }

    /** So much more is done. */
    public void add(long count) {
        done += count;
        if (form == Form.NONE) {
            return;
        }
        long now = clock.nanoTime();
        if (now - nextNanos >= 0) {
            nextNanos = now + (form == Form.TERMINAL ? TERMINAL_NANOS : LINES_NANOS);
            show(line((now - startNanos) / 1e9));
        }
    }

    private String line(double seconds) {
        StringBuilder line = new StringBuilder(what).append(": ");
        if (total != 0) {
            line.append(String.format(Locale.ROOT, "%.0f%%, ", 100.0 * done / total));
        }
        line.append(unit.amount(done));
        if (total != 0) {
            line.append(" of ").append(unit.amount(total));
        }
        if (unit == Unit.RULES) {
            line.append(" rules");
        }
        return line.append(", ")
                .append(unit.amount((long) (done / seconds)))
                .append("/s")
                .toString();
    }

    private void show(String line) {
        shown = true;
        if (form == Form.TERMINAL) {
            err.print("\r" + line + "\033[K");
        } else {
            err.println(line);
        }
        err.flush();
    }

    /** A stream that counts what is written through it. */
    public OutputStream counting(OutputStream to) {
        return new FilterOutputStream(to) {
            @Override
            public void write(int b) throws IOException {
                out.write(b);
                add(1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                out.write(bytes, offset, length);
                add(length);
            }
        };
    }

    /** Takes the line away. */
    @Override
    public void close() {
        if (shown && form == Form.TERMINAL) {
            err.print("\r\033[K");
            err.flush();
        }
        atEnd.run();
    }
}
