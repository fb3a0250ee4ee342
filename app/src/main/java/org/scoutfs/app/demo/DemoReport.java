package org.scoutfs.app.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.scoutfs.error.FsException;
import org.scoutfs.host.HostClock;

/** Runs the phases of the demonstration and prints a line about each when it is over. */
final class DemoReport {
    private final PrintWriter out;
    private final boolean terminal;
    private final HostClock clock;
    private final TreeCopy copy;

    /** @param terminal whether a progress line may be rewritten in place */
    DemoReport(PrintWriter out, boolean terminal, HostClock clock, TreeCopy copy) {
        this.out = out;
        this.terminal = terminal;
        this.clock = clock;
        this.copy = copy;
    }

    @FunctionalInterface
    interface Phase<T> {
        T run() throws IOException, FsException;
    }

    @FunctionalInterface
    interface Copying {
        void run(Progress progress) throws IOException, FsException;
    }

    @FunctionalInterface
    interface Verifying {
        List<String> run(Progress progress) throws IOException, FsException;
    }

    <T> T timed(String name, Phase<T> phase) throws IOException, FsException {
        long start = clock.nanoTime();
        T result = phase.run();
        out.printf(Locale.ROOT, "%-8s %.2f s%n", name, seconds(start));
        out.flush();
        return result;
    }

    void copy(String name, Copying phase) throws IOException, FsException {
        verify(name, progress -> {
            phase.run(progress);
            return List.of();
        });
    }

    List<String> verify(String name, Verifying phase) throws IOException, FsException {
        Progress progress = new Progress(out, terminal, clock, name, copy.entries(), copy.totalBytes());
        long start = clock.nanoTime();
        List<String> result;
        try {
            result = phase.run(progress);
        } finally {
            progress.done();
        }
        double seconds = seconds(start);
        out.printf(
                Locale.ROOT,
                "%-8s %.2f s: %,.0f files/s, %,.1f MB/s%n",
                name,
                seconds,
                copy.entries() / seconds,
                copy.totalBytes() / 1e6 / seconds);
        out.flush();
        return result;
    }

    private double seconds(long startNanos) {
        return Math.max(1, clock.nanoTime() - startNanos) / 1e9;
    }
}
