package org.scoutfs.app.log;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.LoggerFactory;

/** The last log lines of this process, for the control file {@code log}. */
public final class RecentLines extends AppenderBase<ILoggingEvent> {
    private static final String NAME = "recent";
    private static final int LINES_MAX = 100;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX").withZone(ZoneId.systemDefault());

    @GuardedBy("lines")
    private final Deque<String> lines = new ArrayDeque<>();

    /** Each ended by a newline, oldest first; empty if the logging library in use is another one. */
    public static String text() {
        return LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME) instanceof Logger root
                        && root.getAppender(NAME) instanceof RecentLines recent
                ? recent.lines()
                : "";
    }

    @Override
    protected void append(ILoggingEvent event) {
        String line = TIME.format(event.getInstant()) + " " + LinePrefix.line(event) + "\n";
        synchronized (lines) {
            lines.addLast(line);
            if (lines.size() > LINES_MAX) {
                lines.removeFirst();
            }
        }
    }

    private String lines() {
        synchronized (lines) {
            return String.join("", lines);
        }
    }
}
