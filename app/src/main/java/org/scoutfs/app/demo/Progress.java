package org.scoutfs.app.demo;

import java.io.PrintWriter;
import java.util.Locale;
import org.scoutfs.host.HostClock;

/** One line that says how far a phase is: rewritten in place on a terminal, else written anew now and then. Not thread-safe. */
final class Progress {
    private static final long TERMINAL_NANOS = 100_000_000;
    private static final long LOG_NANOS = 5_000_000_000L;

    private final PrintWriter out;
    private final boolean terminal;
    private final String what;
    private final long totalEntries;
    private final long totalBytes;
    private final HostClock clock;
    private final long startNanos;
    private long shownNanos;
    private long entries;
    private long bytes;

    Progress(PrintWriter out, boolean terminal, HostClock clock, String what, long totalEntries, long totalBytes) {
        this.out = out;
        this.terminal = terminal;
        this.clock = clock;
        this.startNanos = clock.nanoTime();
        this.shownNanos = startNanos;
        this.what = what;
        this.totalEntries = totalEntries;
        this.totalBytes = totalBytes;
    }

    void entry() {
        entries++;
        show();
    }

    void bytes(int count) {
        bytes += count;
        show();
    }

    private void show() {
        long now = clock.nanoTime();
        if (now - shownNanos < (terminal ? TERMINAL_NANOS : LOG_NANOS)) {
            return;
        }
        shownNanos = now;
        double seconds = (now - startNanos) / 1e9;
        String line = String.format(
                Locale.ROOT,
                "%s %3d%%  %,d of %,d entries, %,d of %,d MB, %.0f MB/s",
                what,
                totalBytes == 0 ? 100 * entries / Math.max(1, totalEntries) : 100 * bytes / totalBytes,
                entries,
                totalEntries,
                bytes / 1_000_000,
                totalBytes / 1_000_000,
                bytes / 1e6 / seconds);
        if (terminal) {
            out.print("\r  " + line + "\033[K");
        } else {
            out.println("  " + line);
        }
        out.flush();
    }

    /** Takes the line away. */
    void done() {
        if (terminal) {
            out.print("\r\033[K");
            out.flush();
        }
    }
}
