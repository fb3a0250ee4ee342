package org.scoutfs.app.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a daemon has used, from {@code /proc}.
 *
 * @param cpuTicks user and system time since its start, 100 a second
 * @param rssBytes memory it holds now
 * @param peakRssBytes the most it held so far
 */
record DaemonUsage(long cpuTicks, long rssBytes, long peakRssBytes) {
    static final int TICKS_PER_SECOND = 100;

    /** Of {@code /proc/PID/stat}, counted from the state, the first field behind the name in parentheses. */
    private static final int USER_TICKS = 11;

    private static final int SYSTEM_TICKS = 12;

    static DaemonUsage of(ProcessHandle daemon) throws IOException {
        Path proc = Path.of("/proc", Long.toString(daemon.pid()));
        String stat = Files.readString(proc.resolve("stat"), StandardCharsets.UTF_8);
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long rss = 0;
        long peak = 0;
        for (String line : Files.readAllLines(proc.resolve("status"), StandardCharsets.UTF_8)) {
            if (line.startsWith("VmRSS:")) {
                rss = kibibytes(line);
            } else if (line.startsWith("VmHWM:")) {
                peak = kibibytes(line);
            }
        }
        return new DaemonUsage(
                Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]), rss << 10, peak << 10);
    }

    /** {@code VmRSS:     1234 kB}. */
    private static long kibibytes(String line) {
        String[] words = line.split("\\s+");
        return Long.parseLong(words[1]);
    }
}
