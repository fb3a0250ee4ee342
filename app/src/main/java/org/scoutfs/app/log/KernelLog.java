package org.scoutfs.app.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Lines for administrators in the kernel log, where those of the kernel module are; one write call a line. Only of a daemon, which is started with
 * {@code -Dscoutfs.kmsg=true}, and only if it may. The kernel drops what comes too fast.
 */
public final class KernelLog extends AppenderBase<ILoggingEvent> {
    /** Set for daemons. */
    public static final String PROPERTY = "scoutfs.kmsg";

    private static final int LINE_BYTES_MAX = 900;

    private final Path device;
    private final boolean wanted;
    private @Nullable OutputStream out;

    public KernelLog() {
        this(Path.of("/dev/kmsg"), Boolean.getBoolean(PROPERTY));
    }

    KernelLog(Path device, boolean wanted) {
        this.device = device;
        this.wanted = wanted;
    }

    @Override
    public void start() {
        if (wanted && Files.isWritable(device)) {
            try {
                out = new FileOutputStream(device.toFile(), true);
                super.start();
            } catch (IOException e) {
                // the file has all lines as well
                addInfo("no kernel log", e);
            }
        }
    }

    @Override
    protected void append(ILoggingEvent event) {
        OutputStream to = out;
        if (to == null || !event.getLevel().isGreaterOrEqual(Level.INFO)) {
            return;
        }
        byte[] line =
                ("<" + priority(event.getLevel()) + ">" + LinePrefix.line(event)).getBytes(StandardCharsets.UTF_8);
        int length = Math.min(line.length, LINE_BYTES_MAX);
        byte[] ended = java.util.Arrays.copyOf(line, length + 1);
        ended[length] = '\n';
        try {
            to.write(ended);
        } catch (IOException e) {
            // too fast for the kernel, or not allowed after all
            addInfo("a line for the kernel log is lost", e);
        }
    }

    private static int priority(Level level) {
        return level.isGreaterOrEqual(Level.ERROR) ? 3 : level.isGreaterOrEqual(Level.WARN) ? 4 : 6;
    }

    @Override
    public void stop() {
        super.stop();
        try {
            if (out != null) {
                out.close();
            }
        } catch (IOException e) {
            addInfo("closing the kernel log failed", e);
        }
    }
}
