package org.scoutfs.app.status;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/**
 * A mount of this host as its control directory shows it.
 *
 * @param ident name of the directory
 * @param files contents without the last newline, by path within the directory; empty if its daemon does not answer
 */
public record LocalMount(String ident, Map<String, String> files) {
    /** Where mounts have their directories. */
    public static final Path RUN = Path.of("/run/scoutfs");

    private static final long ANSWER_MS = 2_000;
    private static final List<String> FILES = List.of(
            "fsid",
            "rid",
            "pid",
            "state",
            "mountpoint",
            "mounted_secs",
            "last_commit_secs",
            "locks_held",
            "server",
            "mount_options/metadev_path",
            "quorum/is_leader",
            "quorum/status");

    public LocalMount {
        files = Map.copyOf(files);
    }

    /** All of this host. */
    static List<LocalMount> here() throws FsException {
        try {
            return all(RUN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while the mounts were asked", e);
        }
    }

    /** All below a directory, by name. Each is asked by a thread of its own: a daemon that hangs answers nobody. */
    public static List<LocalMount> all(Path run) throws InterruptedException {
        List<LocalMount> mounts = new ArrayList<>();
        ExecutorService readers =
                Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
        try {
            Map<Path, Future<Map<String, String>>> answers = new LinkedHashMap<>();
            for (Path directory : directories(run)) {
                Callable<Map<String, String>> question = () -> read(directory);
                answers.put(directory, readers.submit(question));
            }
            for (Map.Entry<Path, Future<Map<String, String>>> entry : answers.entrySet()) {
                mounts.add(new LocalMount(entry.getKey().getFileName().toString(), answer(entry.getValue())));
            }
        } finally {
            readers.shutdownNow();
        }
        return mounts;
    }

    private static Map<String, String> answer(Future<Map<String, String>> answer) throws InterruptedException {
        try {
            return answer.get(ANSWER_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return Map.of();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private static List<Path> directories(Path run) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(run, "f.*.r.*")) {
            stream.forEach(found::add);
        } catch (IOException | DirectoryIteratorException e) {
            // nothing was ever mounted here
            return List.of();
        }
        found.sort(null);
        return found;
    }

    /** What is not there is left out: clients have no quorum, and a mount may go at any moment. */
    private static Map<String, String> read(Path directory) {
        Map<String, String> files = new HashMap<>();
        for (String name : FILES) {
            String text = text(directory.resolve(name));
            if (text != null) {
                files.put(name, text);
            }
        }
        return files;
    }

    private static @Nullable String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8).stripTrailing();
        } catch (IOException e) {
            return null;
        }
    }

    /** Whether its daemon says anything. */
    public boolean answers() {
        return files.containsKey("rid");
    }

    /** A file's contents; empty if there is none. */
    public String get(String file) {
        return files.getOrDefault(file, "");
    }

    /** As an unsigned number; 0 if it is not known. */
    long id(String file) {
        String text = get(file);
        return text.isEmpty() ? 0 : Long.parseUnsignedLong(text, 16);
    }

    /** A duration, in milliseconds; null if it is not known. */
    @Nullable
    Long millis(String file) {
        String text = get(file);
        return text.isEmpty() ? null : Math.round(Double.parseDouble(text) * 1000);
    }

    /** A word of a line of {@code quorum/status}; null if there is none. */
    public @Nullable String quorum(String key, int word) {
        for (String line : get("quorum/status").split("\n")) {
            String[] words = line.split(" +");
            if (words[0].equals(key) && words.length > word) {
                return words[word];
            }
        }
        return null;
    }

    public boolean isLeader() {
        return get("quorum/is_leader").equals("1");
    }
}
