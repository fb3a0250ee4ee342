package org.scoutfs.app.fenced;

import java.io.PrintWriter;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Lines {@code [YYYY-MM-DD HH:MM:SS.NNNNNNNNN] text}: results to one stream, problems to the other. Any thread. */
final class FencedLog {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("'['yyyy-MM-dd HH:mm:ss.SSSSSSSSS']' ", Locale.ROOT);

    private final PrintWriter out;
    private final PrintWriter err;

    FencedLog(PrintWriter out, PrintWriter err) {
        this.out = out;
        this.err = err;
    }

    void info(String text) {
        print(out, text);
    }

    void error(String text) {
        print(err, text);
    }

    private static void print(PrintWriter stream, String text) {
        stream.println(TIME.format(LocalDateTime.now(ZoneId.systemDefault())) + text);
        stream.flush();
    }
}
