package org.scoutfs.app.fenced;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The requests of all mounts below some directories. Each mount is asked on a thread of its own with a time limit: its daemon answers the
 * reads, and one that hangs would keep everybody waiting, perhaps for its own fencing. It is not asked again before it has answered.
 * Used by one thread.
 */
final class RequestScan implements AutoCloseable {
    private static final long ANSWER_MS = 5_000;

    private final List<Path> roots;
    private final FencedLog log;
    private final ExecutorService readers = Executors.newCachedThreadPool(
            Thread.ofPlatform().name("scoutfs-fenced-", 0).daemon().factory());
    private final Map<Path, Future<?>> silent = new HashMap<>();

    /** @param roots directories that hold one directory for each mount; one that does not exist holds none */
    RequestScan(List<Path> roots, FencedLog log) {
        this.roots = List.copyOf(roots);
        this.log = log;
    }

    /** What is pending now: each request once, in the order of mounts and rids. */
    List<PendingFence> pending() throws InterruptedException {
        Map<String, PendingFence> found = new TreeMap<>();
        for (Path root : roots) {
            for (Path mount : list(root)) {
                List<PendingFence> requests = ask(mount, () -> requestsOf(mount));
                if (requests != null) {
                    requests.forEach(request -> found.putIfAbsent(request.ident() + " " + request.rid(), request));
                }
            }
        }
        return List.copyOf(found.values());
    }

    /**
     * Writes the answer.
     *
     * @return false if the request has vanished, or its mount does not answer
     */
    boolean answer(PendingFence request, boolean fenced) throws InterruptedException {
        Path file = request.directory().resolve(fenced ? "fenced" : "error");
        Path mount = request.directory().resolve("../..").normalize();
        Boolean written = ask(mount, () -> write(file));
        return Boolean.TRUE.equals(written);
    }

    private <T> @Nullable T ask(Path mount, Callable<T> question) throws InterruptedException {
        Future<?> earlier = silent.get(mount);
        if (earlier != null && !earlier.isDone()) {
            return null;
        }
        silent.remove(mount);
        Future<T> answer = readers.submit(question);
        try {
            return answer.get(ANSWER_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            silent.put(mount, answer);
            log.error(mount + " does not answer; its requests wait until it does");
            return null;
        } catch (ExecutionException e) {
            log.error(mount + ": " + e.getCause());
            return null;
        }
    }

    private static List<PendingFence> requestsOf(Path mount) {
        List<PendingFence> requests = new ArrayList<>();
        for (Path directory : list(mount.resolve("fence"))) {
            PendingFence request = read(mount.getFileName().toString(), directory);
            if (request != null) {
                requests.add(request);
            }
        }
        return requests;
    }

    /** Null if it is answered or has vanished. */
    private static @Nullable PendingFence read(String ident, Path directory) {
        try {
            if (isSet(directory.resolve("fenced")) || isSet(directory.resolve("error"))) {
                return null;
            }
            return new PendingFence(
                    directory,
                    ident,
                    line(directory.resolve("rid")),
                    line(directory.resolve("ipv4_addr")),
                    line(directory.resolve("reason")));
        } catch (IOException e) {
            // it went while it was read
            return null;
        }
    }

    private static boolean isSet(Path flag) throws IOException {
        return line(flag).equals("1");
    }

    private static String line(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8).strip();
    }

    private static boolean write(Path flag) {
        try (FileChannel channel = FileChannel.open(flag, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {'1'}));
            return true;
        } catch (IOException e) {
            // answered otherwise, or its server has stopped
            return false;
        }
    }

    /** Sorted; what cannot be listed has vanished or never was. */
    private static List<Path> list(Path directory) {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(entries::add);
        } catch (IOException | DirectoryIteratorException e) {
            return List.of();
        }
        entries.sort(null);
        return entries;
    }

    /** Threads that wait for a mount which hangs are left to the end of the process. */
    @Override
    public void close() {
        readers.shutdownNow();
    }
}
