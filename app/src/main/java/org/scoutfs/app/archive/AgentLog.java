package org.scoutfs.app.archive;

import java.io.PrintWriter;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.scoutfs.app.ByteSizes;

/**
 * What an agent tells a person: lines {@code [YYYY-MM-DD HH:MM:SS] text}, problems to standard error; counts; on a terminal one line that
 * says how far it is. All threads.
 */
final class AgentLog {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("'['yyyy-MM-dd HH:mm:ss'] '", Locale.ROOT);

    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean terminal;
    private final Map<AgentCount, LongAdder> counts = new EnumMap<>(AgentCount.class);

    AgentLog(PrintWriter out, PrintWriter err, boolean terminal) {
        this.out = out;
        this.err = err;
        this.terminal = terminal;
        for (AgentCount count : AgentCount.values()) {
            counts.put(count, new LongAdder());
        }
    }

    void info(String text) {
        print(out, text);
    }

    void problem(String text) {
        print(err, text);
    }

    private synchronized void print(PrintWriter stream, String text) {
        clearProgress();
        stream.println(TIME.format(LocalDateTime.now(ZoneId.systemDefault())) + text);
        stream.flush();
    }

    /** A line without the time. */
    synchronized void plain(String text) {
        clearProgress();
        out.println(text);
        out.flush();
    }

    void count(AgentCount which, long more) {
        adder(which).add(more);
    }

    long get(AgentCount which) {
        return adder(which).sum();
    }

    private LongAdder adder(AgentCount which) {
        LongAdder adder = counts.get(which);
        if (adder == null) {
            throw new IllegalStateException(which + " is not counted");
        }
        return adder;
    }

    /** {@code name value} lines of all counts. */
    String countLines() {
        StringBuilder text = new StringBuilder();
        counts.forEach((which, adder) ->
                text.append(which.text()).append(' ').append(adder.sum()).append('\n'));
        return text.toString();
    }

    /** One sentence. */
    String summary() {
        return String.format(
                Locale.ROOT,
                "archived %d files (%s), released %d (%s), staged %d (%s), failed waits %d",
                get(AgentCount.FILES_ARCHIVED),
                ByteSizes.humanSpaced(get(AgentCount.BYTES_ARCHIVED)),
                get(AgentCount.FILES_RELEASED),
                ByteSizes.humanSpaced(get(AgentCount.BYTES_RELEASED)),
                get(AgentCount.FILES_STAGED),
                ByteSizes.humanSpaced(get(AgentCount.BYTES_STAGED)),
                get(AgentCount.WAITS_FAILED));
    }

    synchronized void progress(String text) {
        if (terminal) {
            out.print("\r  " + text + "\033[K");
            out.flush();
        }
    }

    synchronized void clearProgress() {
        if (terminal) {
            out.print("\r\033[K");
            out.flush();
        }
    }
}
