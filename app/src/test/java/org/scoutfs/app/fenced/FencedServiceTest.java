package org.scoutfs.app.fenced;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The agent against a real directory tree with real scripts. What it logs tells the test how far it is. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FencedServiceTest {
    private static final String IDENT = "f.0000aa.r.0000bb";
    private static final String RID = "00112233445566aa";
    private static final String OTHER = "ff112233445566aa";

    @TempDir
    private Path dir;

    private Path root = Path.of("");
    private Path config = Path.of("");
    private @Nullable FencedService service;
    private @Nullable Thread loop;
    private final List<String> seen = new ArrayList<>();
    private BufferedReader lines = new BufferedReader(BufferedReader.nullReader());

    @BeforeEach
    void makeTree() throws IOException {
        root = Files.createDirectories(dir.resolve("run"));
        config = dir.resolve("fenced.conf");
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (service != null && loop != null) {
            service.stop();
            loop.join();
        }
    }

    private Path request(String rid) throws IOException {
        Path made = Files.createDirectories(dir.resolve("made-" + rid));
        Files.writeString(made.resolve("rid"), rid);
        Files.writeString(made.resolve("ipv4_addr"), "10.0.0.7");
        Files.writeString(made.resolve("reason"), "client_recovery");
        Files.writeString(made.resolve("elapsed_secs"), "0");
        Files.writeString(made.resolve("fenced"), "0");
        Files.writeString(made.resolve("error"), "0");
        // they appear complete
        return Files.move(
                made, Files.createDirectories(root.resolve(IDENT + "/fence")).resolve(rid));
    }

    private Path script(String text) throws IOException {
        Path script = Files.writeString(dir.resolve("script"), "#!/bin/bash\n" + text);
        return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void configure(String... more) throws IOException {
        Files.writeString(
                config,
                "SCOUTFS_FENCED_DELAY=0.05\nSCOUTFS_FENCED_RUN='" + dir.resolve("script") + "'\n"
                        + String.join("\n", more) + "\n");
    }

    private void start() throws IOException, FencedConfig.Unusable {
        PipedOutputStream pipe = new PipedOutputStream();
        lines = new BufferedReader(new InputStreamReader(new PipedInputStream(pipe, 1 << 16), StandardCharsets.UTF_8));
        PrintWriter out = new PrintWriter(pipe, true, StandardCharsets.UTF_8);
        FencedService made = new FencedService(config, List.of(root, dir.resolve("absent")), new FencedLog(out, out));
        service = made;
        loop = Thread.ofPlatform().start(() -> {
            try (out) {
                made.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void awaitLine(String text) throws IOException {
        String line = lines.readLine();
        while (line != null) {
            assertThat(line).matches("\\[\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{9}] .*");
            seen.add(line.substring(line.indexOf(']') + 2));
            if (line.contains(text)) {
                return;
            }
            line = lines.readLine();
        }
        throw new AssertionError("no line with '" + text + "' in " + seen);
    }

    @Test
    void successIsToldAndTheScriptKnowsWhom() throws Exception {
        script("env | grep ^SCOUTFS_FENCED_REQ | sort > \"$OUT\"; printf '%s|' \"$@\" >> \"$OUT\"");
        configure("export OUT='" + dir.resolve("out") + "'", "SCOUTFS_FENCED_RUN_ARGS='one  two'");
        Path request = request(RID);

        start();
        awaitLine("done");

        assertThat(request.resolve("fenced")).hasContent("1");
        assertThat(request.resolve("error")).hasContent("0");
        assertThat(dir.resolve("out")).hasContent("""
            SCOUTFS_FENCED_REQ_DIR=%s
            SCOUTFS_FENCED_REQ_IP=10.0.0.7
            SCOUTFS_FENCED_REQ_REASON=client_recovery
            SCOUTFS_FENCED_REQ_RID=%s
            one|two|\
            """.formatted(request, RID));
        assertThat(seen)
                .contains(
                        "SCOUTFS_FENCED_RUN_ARGS=one  two",
                        "server " + IDENT + " fencing rid " + RID + " at IP 10.0.0.7 for client_recovery");
    }

    @Test
    void argumentsOfAnArrayStayWhole() throws Exception {
        script("printf '%s|' \"$@\" > '" + dir.resolve("out") + "'");
        configure("SCOUTFS_FENCED_RUN_ARGS=('a b' '*')");
        request(RID);

        start();
        awaitLine("done");

        assertThat(dir.resolve("out")).hasContent("a b|*|");
    }

    @Test
    void failureIsAnErrorAndNotTriedAgain() throws Exception {
        script("echo \"$SCOUTFS_FENCED_REQ_RID\" >> '" + dir.resolve("out") + "'; exit 3");
        configure();
        Path request = request(RID);

        start();
        awaitLine("server " + IDENT + " fencing rid " + RID + " saw error status 3");
        // another one behind it: the agent has been at the first a second time when this one is served
        Path other = request(OTHER);
        awaitLine("fencing rid " + OTHER + " saw error status 3");

        assertThat(request.resolve("error")).hasContent("1");
        assertThat(request.resolve("fenced")).hasContent("0");
        // its line is logged before it is written
        Awaitility.await()
                .untilAsserted(() -> assertThat(other.resolve("error")).hasContent("1"));
        assertThat(dir.resolve("out")).hasContent(RID + "\n" + OTHER);
    }

    @Test
    void scriptThatHangsIsKilledWithItsChildren() throws Exception {
        script("sleep 1000 & echo $! > '" + dir.resolve("out") + "'; wait");
        configure("SCOUTFS_FENCED_RUN_TIMEOUT=0.5");
        Path request = request(RID);

        start();
        awaitLine("is killed");
        awaitLine("saw error status 124");
        request(OTHER);
        awaitLine("fencing rid " + OTHER);

        assertThat(request.resolve("error")).hasContent("1");
        long child = Long.parseLong(Files.readString(dir.resolve("out")).strip());
        ProcessHandle.of(child)
                .ifPresent(
                        alive -> alive.onExit().orTimeout(10, TimeUnit.SECONDS).join());
    }

    @Test
    void scriptThatIsGoneIsAnError() throws Exception {
        Path script = script("exit 0");
        configure();
        start();
        awaitLine("SCOUTFS_FENCED_RUN=");
        Files.delete(script);

        Path request = request(RID);
        awaitLine("saw error status 127");
        request(OTHER);
        awaitLine("fencing rid " + OTHER);

        assertThat(request.resolve("error")).hasContent("1");
    }

    @Test
    void requestThatVanishesIsNoFailureAndTheNextForTheRidIsAnsweredAtOnce() throws Exception {
        script("echo run >> '" + dir.resolve("out") + "'; rm -r \"$SCOUTFS_FENCED_REQ_DIR\"");
        configure();
        request(RID);

        start();
        awaitLine("the request has vanished");
        Path again = request(RID);
        awaitLine("done");

        assertThat(again.resolve("fenced")).hasContent("1");
        assertThat(dir.resolve("out")).hasContent("run");
        assertThat(seen).anyMatch(line -> line.endsWith("was fenced before"));
    }

    @Test
    void whatWasAskedBeforeItStartedIsServed() throws Exception {
        script("exit 0");
        configure();
        Path answered = request(OTHER);
        Files.writeString(answered.resolve("error"), "1");
        Path request = request(RID);

        start();
        awaitLine("done");

        assertThat(request.resolve("fenced")).hasContent("1");
        assertThat(answered.resolve("fenced")).hasContent("0");
    }

    @Test
    void reloadTakesTheNewConfigurationUnlessItIsBad() throws Exception {
        script("exit 0");
        configure();
        start();
        awaitLine("SCOUTFS_FENCED_RUN=");
        FencedService running = java.util.Objects.requireNonNull(service);

        Files.writeString(config, "SCOUTFS_FENCED_RUN=/nonexistent\n");
        running.reload();
        awaitLine("going on with what was read before");
        configure("SCOUTFS_FENCED_NOTE=new");
        running.reload();
        awaitLine("SCOUTFS_FENCED_NOTE=new");

        request(RID);
        awaitLine("done");
    }

    @Test
    void stopWaitsForTheScript() throws Exception {
        Path go = dir.resolve("go");
        script("echo started > '%s'; while [[ ! -e '%s' ]]; do sleep 0.05; done".formatted(dir.resolve("out"), go));
        configure();
        Path request = request(RID);
        start();
        awaitLine("fencing rid " + RID);

        java.util.Objects.requireNonNull(service).stop();
        Files.createFile(go);
        awaitLine("stopped");

        assertThat(request.resolve("fenced")).hasContent("1");
        java.util.Objects.requireNonNull(loop).join();
    }

    @Test
    void configurationsThatCannotBeUsedSayWhy() throws IOException {
        assertUnusable("does not exist");
        Files.writeString(config, "SCOUTFS_FENCED_DELAY=1\n");
        assertUnusable("SCOUTFS_FENCED_RUN is not set");
        Files.writeString(config, "SCOUTFS_FENCED_RUN=/etc/passwd\n");
        assertUnusable("is not an executable file");
        Files.writeString(config, "if\n");
        assertUnusable("is not a valid bash script");
        Files.writeString(config, "SCOUTFS_FENCED_RUN=/bin/true\nSCOUTFS_FENCED_DELAY=often\n");
        assertUnusable("SCOUTFS_FENCED_DELAY 'often' is not a number");
        Files.writeString(config, "exit 0\n");
        assertUnusable("ends the shell");
    }

    private void assertUnusable(String text) {
        assertThatThrownBy(() -> FencedConfig.read(config))
                .isInstanceOf(FencedConfig.Unusable.class)
                .hasMessageContaining(text);
    }
}
