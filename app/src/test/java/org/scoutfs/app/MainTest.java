package org.scoutfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final CommandLine scoutfs =
            Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));

    @Test
    void printsVersion() {
        assertThat(scoutfs.execute("--version")).isZero();
        assertThat(out.toString()).startsWith("scoutfs ");
    }

    @Test
    void printsHelp() {
        assertThat(scoutfs.execute("--help")).isZero();
        assertThat(out.toString()).contains("usage: scoutfs <command> [<args>]");
    }

    @Test
    void refusesToRunWithoutCommand() {
        assertThat(scoutfs.execute()).isEqualTo(Failures.FAILED);
        assertThat(err.toString()).startsWith("usage: scoutfs <command> [<args>]");
    }
}
