package org.scoutfs.app.mount;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/** Starts the daemon of a mount in a session of its own and waits until it says how it went. */
public final class DaemonLauncher {
    static final String READY = "ready ";
    static final String FAILED = "failed ";

    private DaemonLauncher() {}

    /**
     * Mounts with the options of a mount command's {@code -o}.
     *
     * @param log where the daemon logs
     * @throws FsException why it does not mount; the daemon has ended
     */
    public static void launch(String options, Path data, Path directory, Path log) throws FsException {
        launch(MountWords.split(List.of(options)), data, directory, log);
    }

    /**
     * @param log where it logs, null for the default
     * @return what the daemon says when the mount answers
     * @throws FsException why it does not; the daemon has ended
     */
    static String launch(MountWords words, Path data, Path directory, @Nullable Path log) throws FsException {
        Path logFile = log == null
                ? Path.of(System.getProperty("java.io.tmpdir"), "scoutfs-" + data.getFileName() + ".log")
                : log.toAbsolutePath();
        Process daemon = start(words, data, directory, logFile);
        // an interrupted mount command takes the daemon with it as long as the mount is not up
        Thread abort = new Thread(daemon::destroy, "scoutfs-mount-abort");
        Runtime.getRuntime().addShutdownHook(abort);
        String last = "";
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(daemon.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(READY)) {
                    Runtime.getRuntime().removeShutdownHook(abort);
                    return line.substring(READY.length());
                }
                if (line.startsWith(FAILED)) {
                    throw failure(line.substring(FAILED.length()));
                }
                last = line;
            }
        } catch (IOException e) {
            throw new FsException(Errno.EIO, "lost the daemon while it mounted; see " + logFile, e);
        }
        throw new FsException(
                Errno.EIO,
                "the daemon ended before it had mounted; see " + logFile + (last.isEmpty() ? "" : ": " + last));
    }

    private static FsException failure(String text) {
        int blank = text.indexOf(' ');
        return new FsException(Errno.of(Integer.parseInt(text.substring(0, blank))), text.substring(blank + 1));
    }

    private static Process start(MountWords words, Path data, Path directory, Path logFile) throws FsException {
        List<String> command = new ArrayList<>();
        // a session of its own: no terminal's hangup or interrupt reaches the daemon
        if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
            command.add("/usr/bin/setsid");
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(DaemonFlags.forDaemon(logFile));
        command.addAll(List.of("-cp", absoluteClassPath(), "org.scoutfs.app.Main", "mount", "--daemon"));
        if (!words.options().isEmpty()) {
            command.addAll(List.of("-o", absoluteMetadev(words.options())));
        }
        for (String flag : MountWords.flagWords(words.flags())) {
            command.addAll(List.of("-o", flag));
        }
        command.addAll(List.of("--", data.toString(), directory.toString()));
        try {
            return new ProcessBuilder(command)
                    .directory(new File("/"))
                    .redirectInput(new File("/dev/null"))
                    .redirectError(ProcessBuilder.Redirect.appendTo(logFile.toFile()))
                    .start();
        } catch (IOException e) {
            throw new FsException(Errno.EIO, "cannot start the daemon: " + e.getMessage(), e);
        }
    }

    /** The daemon's working directory is /. */
    private static String absoluteMetadev(String options) {
        List<String> absolute = new ArrayList<>();
        for (String word : options.split(",", -1)) {
            String key = "metadev_path=";
            absolute.add(
                    word.startsWith(key)
                            ? key + Path.of(word.substring(key.length())).toAbsolutePath()
                            : word);
        }
        return String.join(",", absolute);
    }

    private static String absoluteClassPath() {
        List<String> absolute = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            absolute.add(Path.of(entry).toAbsolutePath().toString());
        }
        return String.join(File.pathSeparator, absolute);
    }
}
