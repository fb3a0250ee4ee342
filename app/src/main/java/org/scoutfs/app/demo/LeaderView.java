package org.scoutfs.app.demo;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.status.LocalMount;
import org.scoutfs.host.HostClock;

/**
 * Says who leads: one line that is rewritten on a terminal, else a new line for each change. A thread of its own looks; others print
 * through {@link #println}.
 */
final class LeaderView implements AutoCloseable {
    private static final long PAUSE_NANOS = 100_000_000;

    private final PrintWriter out;
    private final boolean terminal;
    private final HostClock clock;
    private final long startNanos;
    private final List<DemoMount> mounts;
    private final Thread thread;
    private volatile boolean ending;
    private volatile @Nullable DemoMount leader;
    private String shown = "";

    LeaderView(PrintWriter out, boolean terminal, HostClock clock, List<DemoMount> mounts) {
        this.out = out;
        this.terminal = terminal;
        this.clock = clock;
        this.startNanos = clock.nanoTime();
        this.mounts = List.copyOf(mounts);
        this.thread = Thread.ofVirtual().name("scoutfs-demo-view").start(this::run);
    }

    private void run() {
        try {
            while (!ending) {
                look();
                clock.sleep(PAUSE_NANOS);
            }
        } catch (InterruptedException e) {
            // closed
            Thread.currentThread().interrupt();
        }
    }

    private void look() throws InterruptedException {
        List<LocalMount> found = LocalMount.all(LocalMount.RUN);
        DemoMount leads = null;
        String term = "";
        List<String> words = new ArrayList<>();
        for (DemoMount mount : mounts) {
            LocalMount said = found.stream()
                    .filter(each ->
                            each.get("mountpoint").equals(mount.directory().toString()) && mount.isAlive())
                    .findFirst()
                    .orElse(null);
            String role = "down";
            if (said != null && said.isLeader()) {
                leads = mount;
                term = Objects.requireNonNullElse(said.quorum("term", 1), "?");
                role = "LEADER";
            } else if (said != null) {
                role = Objects.requireNonNullElse(said.quorum("role", 2), "client")
                        .replaceAll("[()]", "");
            }
            words.add(mount.name() + " " + role);
        }
        leader = leads;
        show(String.join("   ", words) + (leads == null ? "   no leader" : "   term " + term));
    }

    private synchronized void show(String line) {
        if (line.equals(shown) && !terminal) {
            return;
        }
        shown = line;
        String stamped = String.format(Locale.ROOT, "  %6.2f s  %s", (clock.nanoTime() - startNanos) / 1e9, line);
        if (terminal) {
            out.print("\r" + stamped + "\033[K");
        } else {
            out.println(stamped);
        }
        out.flush();
    }

    /** A line of its own. */
    synchronized void println(String line) {
        out.println((terminal ? "\r\033[K" : "") + line);
        out.flush();
    }

    /** Who led when it was last looked; null: nobody. */
    @Nullable
    DemoMount leader() {
        return leader;
    }

    @Override
    public void close() {
        ending = true;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        println("");
    }
}
