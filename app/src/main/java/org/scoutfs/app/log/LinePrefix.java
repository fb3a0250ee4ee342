package org.scoutfs.app.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import org.scoutfs.host.MountIdent;

/** What a line begins with; called by the thread that logs, which knows its mount. */
public final class LinePrefix extends ClassicConverter {
    @Override
    public String convert(ILoggingEvent event) {
        return of(MountIdent.current(), event.getLevel());
    }

    static String of(String ident, Level level) {
        StringBuilder prefix = new StringBuilder("scoutfs");
        if (!ident.isEmpty()) {
            prefix.append(' ').append(ident);
        }
        if (level.isGreaterOrEqual(Level.ERROR)) {
            prefix.append(" error");
        } else if (level.isGreaterOrEqual(Level.WARN)) {
            prefix.append(" warning");
        }
        return prefix.append(": ").toString();
    }

    /** The whole line, without time, stack and newlines. */
    static String line(ILoggingEvent event) {
        return of(MountIdent.current(), event.getLevel())
                + event.getFormattedMessage().replace('\n', ' ');
    }
}
