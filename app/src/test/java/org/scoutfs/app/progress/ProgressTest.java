package org.scoutfs.app.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.app.InProcess;
import org.scoutfs.host.TestHost;

class ProgressTest {
    private final TestHost host = TestHost.create(1);
    private final StringWriter said = new StringWriter();

    private Progress start(Progress.Form form, Progress.Unit unit, long total) {
        return new Progress(new PrintWriter(said, true), form, host.clock(), "work", unit, total, () -> {});
    }

    @AfterEach
    void close() {
        host.close();
    }

    private void pass(long millis) {
        host.clock().advance(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @Test
    void shortRunsSayNothing() {
        try (Progress progress = start(Progress.Form.LINES, Progress.Unit.BYTES, 100)) {
            progress.add(10);
            pass(999);
            progress.add(10);
        }
        assertThat(said.toString()).isEmpty();
    }

    @Test
    void linesComeEveryFewSeconds() {
        try (Progress progress = start(Progress.Form.LINES, Progress.Unit.BYTES, 4096)) {
            pass(1000);
            progress.add(1024);
            pass(4000);
            progress.add(1);
            pass(1000);
            progress.add(1023);
        }
        assertThat(said.toString())
                .isEqualTo("work: 25%, 1.00KB of 4.00KB, 1.00KB/s\nwork: 50%, 2.00KB of 4.00KB, 341.00B/s\n");
    }

    @Test
    void terminalLineIsRewrittenAndTakenAway() {
        try (Progress progress = start(Progress.Form.TERMINAL, Progress.Unit.RULES, 0)) {
            pass(2000);
            progress.add(2000);
            pass(100);
            progress.add(1);
            pass(100);
            progress.add(99);
        }
        assertThat(said.toString())
                .isEqualTo("\rwork: 2,000 rules, 1,000/s\033[K\rwork: 2,100 rules, 954/s\033[K\r\033[K");
    }

    @Test
    void nothingIsSaidWithoutTerminal() {
        try (Progress progress = start(Progress.Form.NONE, Progress.Unit.RULES, 10)) {
            pass(60_000);
            progress.add(5);
        }
        assertThat(said.toString()).isEmpty();
    }

    @Test
    void countsWhatIsWritten() throws IOException {
        ByteArrayOutputStream to = new ByteArrayOutputStream();
        try (Progress progress = start(Progress.Form.LINES, Progress.Unit.BYTES, 0);
                OutputStream out = progress.counting(to)) {
            out.write('a');
            pass(2000);
            out.write(new byte[2047]);
        }
        assertThat(to.size()).isEqualTo(2048);
        assertThat(said.toString()).isEqualTo("work: 2.00KB, 1.00KB/s\n");
    }

    @Test
    void commandsThatMayLastHaveTheOption() {
        for (String command : new String[] {"print", "stage", "quota-restore", "quota-wipe"}) {
            assertThat(InProcess.run(command, "--help").out()).as(command).contains("--progress");
        }
    }
}
