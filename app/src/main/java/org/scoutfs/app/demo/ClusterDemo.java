package org.scoutfs.app.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.HostClock;

/**
 * {@code scoutfs demo --mounts N}: daemons with mount points of their own on one volume. Creates on one and reads on the others, kills the
 * leader while all of them are used, and says how long each was without service and whether anything that was synced is missing.
 */
final class ClusterDemo implements AutoCloseable {
    private static final int FILES = 200;
    private static final int FILE_BYTES = 16 << 10;
    private static final long NEEDED_BYTES = 64L << 20;
    private static final long POLL_NANOS = 20_000_000;
    /** Before the kill, so that all probes are at work. */
    private static final long WARM_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final long SERVICE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final PrintWriter out;
    private final boolean terminal;
    private final HostClock clock;
    private final DemoFiles files;
    private final List<DemoMount> mounts = new ArrayList<>();
    private boolean left;
    private boolean closed;

    ClusterDemo(PrintWriter out, boolean terminal, HostClock clock, DemoFiles files, int count) {
        this.out = out;
        this.terminal = terminal;
        this.clock = clock;
        this.files = files;
        for (int slot = 0; slot < count; slot++) {
            mounts.add(new DemoMount(files, slot));
        }
    }

    /** Step of one mount. */
    @FunctionalInterface
    private interface Step {
        void run(DemoMount mount) throws IOException, FsException;
    }

    /** @throws FsException EIO if a mount does not show what it should */
    void play() throws IOException, FsException, InterruptedException {
        List<Integer> ports = files.make(NEEDED_BYTES, mounts.size());
        out.println("volume   " + files.meta() + " and data.img, sparse, " + mounts.size()
                + " quorum slots at 127.0.0.1:" + ports.getFirst() + " and up");
        long start = clock.nanoTime();
        onAll(DemoMount::mount);
        out.printf(
                Locale.ROOT,
                "mount    %d daemons on %s ... in %.2f s%n",
                mounts.size(),
                mounts.getFirst().directory(),
                seconds(start));
        out.flush();
        byte[] contents = new byte[FILE_BYTES];
        new Random(1).nextBytes(contents);
        try (LeaderView view = new LeaderView(out, terminal, clock, mounts)) {
            create(view, contents);
            for (DemoMount mount : mounts.subList(1, mounts.size())) {
                read(view, mount, contents);
            }
            failover(view, contents);
        }
    }

    private void create(LeaderView view, byte[] contents) throws IOException {
        DemoMount first = mounts.getFirst();
        long start = clock.nanoTime();
        Path directory = Files.createDirectory(first.directory().resolve("shared"));
        for (int i = 0; i < FILES; i++) {
            Files.write(directory.resolve("file-" + i), contents);
        }
        view.println(String.format(
                Locale.ROOT, "create   %d files of 16 KiB on %s in %.2f s", FILES, first.name(), seconds(start)));
    }

    private void read(LeaderView view, DemoMount mount, byte[] contents) throws IOException, FsException {
        long start = clock.nanoTime();
        for (int i = 0; i < FILES; i++) {
            Path file = mount.directory().resolve("shared/file-" + i);
            if (!Arrays.equals(Files.readAllBytes(file), contents)) {
                throw new FsException(Errno.EIO, file + " does not hold what was written");
            }
        }
        view.println(String.format(
                Locale.ROOT, "read     all of them on %s, unchanged, in %.2f s", mount.name(), seconds(start)));
    }

    private void failover(LeaderView view, byte[] contents) throws IOException, FsException, InterruptedException {
        List<ServiceProbe> probes = new ArrayList<>();
        for (DemoMount mount : mounts) {
            Files.createDirectory(mount.directory().resolve("probe-" + mount.name()));
        }
        // what was created before the probes is synced by them
        for (DemoMount mount : mounts) {
            probes.add(new ServiceProbe(mount, "probe-" + mount.name(), clock));
        }
        clock.sleep(WARM_NANOS);
        DemoMount victim = awaitLeader(view);
        view.println("kill -9  " + victim.name() + ", the leader, while every mount writes and syncs small files");
        victim.kill();
        long killed = clock.nanoTime();
        List<ServiceProbe> survivors =
                probes.stream().filter(probe -> probe.mount() != victim).toList();
        try {
            awaitService(survivors, killed);
        } catch (FsException | InterruptedException e) {
            // a request that is never answered ends with its daemon only
            for (DemoMount mount : mounts) {
                mount.kill();
            }
            throw e;
        } finally {
            for (ServiceProbe probe : probes) {
                probe.stop();
            }
        }
        for (ServiceProbe probe : survivors) {
            view.println(String.format(
                    Locale.ROOT,
                    "service  %s was without for %.2f s",
                    probe.mount().name(),
                    probe.longestSeconds()));
        }
        int promised = probes.stream().mapToInt(ServiceProbe::count).sum();
        DemoMount reader = survivors.getFirst().mount();
        check(probes, reader);
        read(view, reader, contents);
        view.println("verify   all " + promised + " files that were synced, also through " + victim.name()
                + ", are there on " + reader.name());
        long start = clock.nanoTime();
        victim.removeDead();
        victim.mount();
        view.println(String.format(Locale.ROOT, "mount    %s again in %.2f s", victim.name(), seconds(start)));
        check(probes, victim);
        read(view, victim, contents);
    }

    private DemoMount awaitLeader(LeaderView view) throws FsException, InterruptedException {
        long start = clock.nanoTime();
        DemoMount leader = view.leader();
        while (leader == null) {
            if (clock.nanoTime() - start > SERVICE_NANOS) {
                throw new FsException(Errno.ETIMEDOUT, "nobody leads; see the logs in " + files.directory());
            }
            clock.sleep(POLL_NANOS);
            leader = view.leader();
        }
        return leader;
    }

    private void awaitService(List<ServiceProbe> probes, long since) throws FsException, InterruptedException {
        for (ServiceProbe probe : probes) {
            while (!probe.servedSince(since)) {
                String failure = probe.failure();
                if (failure != null) {
                    throw new FsException(
                            Errno.EIO,
                            probe.mount().name() + " failed: " + failure + "; see the logs in " + files.directory());
                }
                if (clock.nanoTime() - since > SERVICE_NANOS) {
                    throw new FsException(
                            Errno.ETIMEDOUT,
                            probe.mount().name() + " is without service for 60 s; see the logs in "
                                    + files.directory());
                }
                clock.sleep(POLL_NANOS);
            }
        }
    }

    private static void check(List<ServiceProbe> probes, DemoMount reader) throws FsException {
        List<String> wrong = new ArrayList<>();
        probes.forEach(probe -> wrong.addAll(probe.missingOn(reader)));
        if (!wrong.isEmpty()) {
            throw new FsException(
                    Errno.EIO, wrong.size() + " files that were synced are lost or wrong, first: " + wrong.getFirst());
        }
    }

    /** For the user: how to go on. The mounts stay. */
    void leave() {
        synchronized (this) {
            left = true;
        }
        out.println("The volume is mounted on " + mounts.getFirst().directory() + " to "
                + mounts.getLast().name() + ". Try:");
        out.println("  scoutfs mounts");
        out.println("  scoutfs quorum status");
        out.println("  echo hello > " + mounts.getFirst().directory() + "/hello; cat "
                + mounts.getLast().directory() + "/hello");
        out.println("When you have seen enough (together: the last majority leaves only as a whole):");
        StringBuilder all = new StringBuilder();
        for (DemoMount mount : mounts) {
            all.append("scoutfs umount ").append(mount.directory()).append(" & ");
        }
        out.println("  " + all + "wait; rm -r " + files.directory());
    }

    /** Unmounts all at once: the last majority of members leaves only together. Does nothing the second time. */
    @Override
    public synchronized void close() throws IOException, FsException {
        if (!left && !closed) {
            closed = true;
            try {
                onAll(DemoMount::close);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void onAll(Step step) throws IOException, FsException, InterruptedException {
        @Nullable Throwable failure = null;
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> results = new ArrayList<>();
            for (DemoMount mount : mounts) {
                Callable<Boolean> task = () -> {
                    step.run(mount);
                    return true;
                };
                results.add(each.submit(task));
            }
            for (Future<Boolean> result : results) {
                try {
                    result.get();
                } catch (ExecutionException e) {
                    failure = e.getCause();
                }
            }
        }
        switch (failure) {
            case null -> {}
            case IOException e -> throw e;
            case FsException e -> throw e;
            default -> throw new IllegalStateException(failure);
        }
    }

    private double seconds(long sinceNanos) {
        return (clock.nanoTime() - sinceNanos) / 1e9;
    }
}
