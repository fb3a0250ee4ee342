package org.scoutfs.app.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.counter.Corruption;
import org.scoutfs.counter.Counters;
import org.scoutfs.host.Host;
import org.scoutfs.host.MountIdent;
import org.scoutfs.mount.Mount;
import org.scoutfs.mount.MountOptions;

class LogLinesTest {
    private static final int PORT = 44850;
    private static final String IDENT = "f.123456.r.abcdef";

    @TempDir
    private Path dir;

    private static LoggingEvent event(Level level, String text) {
        LoggerContext context = new LoggerContext();
        return new LoggingEvent("x", context.getLogger("x"), level, text, null, null);
    }

    @Test
    void linesAreThoseOfTheReference() {
        assertThat(LinePrefix.of(IDENT, Level.INFO)).isEqualTo("scoutfs " + IDENT + ": ");
        assertThat(LinePrefix.of(IDENT, Level.WARN)).isEqualTo("scoutfs " + IDENT + " warning: ");
        assertThat(LinePrefix.of(IDENT, Level.ERROR)).isEqualTo("scoutfs " + IDENT + " error: ");
        assertThat(LinePrefix.of("", Level.INFO)).isEqualTo("scoutfs: ");
    }

    @Test
    void kernelLogGetsAPriorityAndOneLine() throws Exception {
        Path device = Files.createFile(dir.resolve("kmsg"));
        KernelLog log = new KernelLog(device, true);
        log.start();
        MountIdent.run(IDENT, () -> {
            log.doAppend(event(Level.INFO, "server ready at 1.2.3.4:5"));
            log.doAppend(event(Level.WARN, "two\nlines"));
            log.doAppend(event(Level.ERROR, "x".repeat(5000)));
            log.doAppend(event(Level.DEBUG, "not for administrators"));
        });
        log.stop();

        assertThat(Files.readAllLines(device))
                .hasSize(3)
                .startsWith(
                        "<6>scoutfs " + IDENT + ": server ready at 1.2.3.4:5",
                        "<4>scoutfs " + IDENT + " warning: two lines")
                .last()
                .asString()
                .startsWith("<3>scoutfs " + IDENT + " error: xxx")
                .hasSizeLessThan(1000);
    }

    @Test
    void kernelLogIsForDaemonsOnly() throws Exception {
        Path device = Files.createFile(dir.resolve("kmsg"));
        KernelLog log = new KernelLog(device, false);
        log.start();

        assertThat(log.isStarted()).isFalse();
        KernelLog absent = new KernelLog(dir.resolve("absent"), true);
        absent.start();
        assertThat(absent.isStarted()).isFalse();
    }

    /** Two mounts in this JVM: their threads log under their own names. */
    @Test
    void everyMountHasItsOwnLines() throws Exception {
        try (Host host = Host.system();
                Mount first = mount(host, "a", PORT);
                Mount second = mount(host, "b", PORT + 1)) {
            String lines = RecentLines.text();

            for (Mount mount : new Mount[] {first, second}) {
                int port = mount == first ? PORT : PORT + 1;
                assertThat(lines)
                        .containsPattern(line(mount, "server starting at 127\\.0\\.0\\.1:" + port + "$"))
                        .containsPattern(line(mount, "server ready at 127\\.0\\.0\\.1:" + port + "$"))
                        .containsPattern(line(mount, "server accepted 127\\.0\\.0\\.1:" + port + " -> "))
                        .containsPattern(line(mount, "client connected .* -> 127\\.0\\.0\\.1:" + port + "$"));
            }
        }
    }

    @Test
    void corruptionIsCountedEachTimeAndLoggedOnceForEachMountAndKind() {
        for (Corruption kind : Corruption.values()) {
            Counters counters = new Counters();
            String details = "test of " + kind;
            for (int i = 0; i < 3; i++) {
                assertThat(kind.found(counters, details)).hasMessage(details);
            }
            assertThat(counters.snapshot())
                    .isEqualTo(Map.of(kind.name().replace("SC_", "corrupt_").toLowerCase(Locale.ROOT), 3L));
            assertThat(RecentLines.text().lines().filter(line -> line.endsWith(details)))
                    .singleElement()
                    .asString()
                    .endsWith("scoutfs error: corruption (see scoutfs-corruption(5)): " + kind + ": " + details);
        }
    }

    private static Pattern line(Mount mount, String text) {
        return Pattern.compile("^\\S+ scoutfs " + Pattern.quote(mount.ident()) + ": " + text, Pattern.MULTILINE);
    }

    private Mount mount(Host host, String name, int port) throws Exception {
        Path meta = file(name + ".meta");
        Path data = file(name + ".data");
        assertThat(org.scoutfs.app.InProcess.run("mkfs", meta.toString(), data.toString(), "-Q", "0,127.0.0.1," + port)
                        .exitCode())
                .isZero();
        return Mount.open(host, meta, data, MountOptions.parse("quorum_slot_nr=0"));
    }

    private Path file(String name) throws Exception {
        Path file = dir.resolve(name);
        try (RandomAccessFile random = new RandomAccessFile(file.toFile(), "rw")) {
            random.setLength(64L << 30);
        }
        return file;
    }
}
