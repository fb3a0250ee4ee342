package org.scoutfs.app.mount;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A shell that outlives the daemon and then aborts its FUSE connections.
 *
 * <p>A daemon that is killed while one of its threads waits in the kernel, for a page or a directory that is held until some request is
 * answered, does not end: nobody answers any more. It keeps its descriptors, so callers hang instead of getting an error, and its sign of life
 * says to other mounts that it lives. Nothing helps but to abort the connection from outside (spec 6 section 3.6). The mount point stays and
 * says ENOTCONN until somebody unmounts it.
 *
 * <p>An end of the daemon with all its threads closes the pipe to the shell. If a thread cannot end the pipe stays open, and the kernel sends the
 * shell a signal, since the thread that started it is dead: so {@link #start} is called by a thread that lives as long as the daemon. A
 * parent process would learn nothing, as a process counts as ended only with its last thread.
 */
final class Guardian implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Guardian.class.getName());
    private static final Path CONNECTIONS = Path.of("/sys/fs/fuse/connections");
    private static final Path SETPRIV = Path.of("/usr/bin/setpriv");

    /**
     * Reads {@code watch NUMBER:INODE} and {@code done}. The inode of the abort file tells a connection from a later one with the same number.
     * Signals for a whole group of processes mean the daemon, which tells us.
     */
    private static final String SCRIPT = """
        trap '' HUP INT QUIT TERM
        connections=
        abort() {
            trap '' USR1
            for c in $connections; do
                file=$1/${c%:*}/abort
                if [ "$(stat -c %i "$file" 2> /dev/null)" = "${c#*:}" ] && echo 1 > "$file"; then
                    echo "scoutfs: daemon $2 is dead, its FUSE connection ${c%:*} is aborted" >&2
                fi
            done
            exit 0
        }
        trap 'abort "$@"' USR1
        echo ok
        while read -r verb connection; do
            case $verb in
                watch) connections="$connections $connection"; echo ok ;;
                done) exit 0 ;;
            esac
        done
        abort "$@"
        """;

    private final Path connections;
    private final Process shell;
    private final BufferedReader answers;

    private Guardian(Path connections, Process shell) {
        this.connections = connections;
        this.shell = shell;
        this.answers = shell.inputReader(StandardCharsets.US_ASCII);
    }

    /** On the thread whose end is the daemon's. */
    static Guardian start() throws IOException {
        if (FuseAccess.isRoot() && Files.isDirectory(CONNECTIONS)) {
            showConnections();
        }
        return start(CONNECTIONS);
    }

    /** @param connections where the kernel shows connections, a directory for each, with a file {@code abort} */
    static Guardian start(Path connections) throws IOException {
        if (Files.isExecutable(SETPRIV)) {
            try {
                return start(connections, List.of(SETPRIV.toString(), "--pdeathsig", "USR1", "--"));
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, "{0} --pdeathsig does not work: {1}", SETPRIV, e.getMessage());
            }
        }
        LOG.log(
                System.Logger.Level.WARNING,
                "no {0} (util-linux) with --pdeathsig: if this daemon is killed while it waits in the kernel, its"
                        + " callers hang until somebody writes to {1}/N/abort",
                SETPRIV,
                connections);
        return start(connections, List.of());
    }

    private static Guardian start(Path connections, List<String> before) throws IOException {
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(
                "/bin/sh",
                "-c",
                SCRIPT,
                "scoutfs-guardian",
                connections.toString(),
                Long.toString(ProcessHandle.current().pid())));
        Process shell = new ProcessBuilder(command)
                .directory(new File("/"))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Guardian guardian = new Guardian(connections, shell);
        guardian.awaitAnswer();
        return guardian;
    }

    /** A machine without an init system that does it does not show connections. */
    private static void showConnections() throws IOException {
        try (var entries = Files.list(CONNECTIONS)) {
            if (entries.findAny().isPresent()) {
                return;
            }
        }
        // That it is there already, without any connection, is no failure.
        Process mount = new ProcessBuilder("mount", "-t", "fusectl", "fusectl", CONNECTIONS.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            mount.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Aborts this connection too when the daemon is dead. */
    void watch(long connection) {
        Path abort = connections.resolve(Long.toUnsignedString(connection)).resolve("abort");
        try {
            say("watch " + Long.toUnsignedString(connection) + ":" + Files.getAttribute(abort, "unix:ino"));
            awaitAnswer();
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "nobody will abort FUSE connection {0} if this daemon is killed: {1}",
                    Long.toUnsignedString(connection),
                    e.toString());
        }
    }

    /** The mounts have ended in order. */
    @Override
    public void close() {
        try {
            say("done");
            shell.getOutputStream().close();
            answers.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the guardian is gone: {0}", e.toString());
        }
    }

    private void say(String line) throws IOException {
        OutputStream pipe = shell.getOutputStream();
        pipe.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        pipe.flush();
    }

    /** From here on a death is noticed. */
    private void awaitAnswer() throws IOException {
        if (answers.readLine() == null) {
            throw new IOException("the guardian of FUSE connections has ended");
        }
    }

    /** For tests. */
    Process shell() {
        return shell;
    }
}
