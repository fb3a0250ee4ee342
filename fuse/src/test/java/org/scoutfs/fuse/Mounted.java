package org.scoutfs.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Assumptions;
import org.scoutfs.counter.Counters;
import org.scoutfs.host.Host;

/** A {@link MemoryVfs} mounted for one test, with clients; everything is gone after close. */
final class Mounted implements AutoCloseable {
    final Host host = Host.system();
    final Counters counters = new Counters();
    final MemoryVfs vfs;
    final Path directory;
    final FuseMount mount;
    final AtomicReference<Boolean> ended = new AtomicReference<>();
    final AtomicReference<Throwable> failed = new AtomicReference<>();

    private final Path base;
    private final List<Client> clients = new ArrayList<>();

    Mounted(FuseOptions options) throws IOException {
        this(options, true);
    }

    Mounted(FuseOptions options, boolean withLocks) throws IOException {
        Assumptions.assumeTrue(canMount(), "needs root and /dev/fuse");
        if (options.transport() == Transport.IO_URING) {
            RingSupport.switchOn();
            Assumptions.assumeTrue(
                    RingSupport.isOffered() && RingSupport.obstacle().isEmpty(), "no FUSE over io_uring");
        }
        vfs = new MemoryVfs(withLocks);
        base = Files.createTempDirectory(Path.of("/tmp"), "fuse-test-");
        directory = Files.createDirectory(base.resolve("m"));
        mount = FuseMount.mount(vfs, directory, options, new End(), host, counters);
    }

    private final class End implements SessionEnd {
        @Override
        public void ended(boolean orderly) {
            ended.set(orderly);
        }

        @Override
        public void failed(Throwable failure) {
            failed.set(failure);
        }
    }

    static boolean canMount() {
        return NativeCalls.geteuid() == 0 && Files.isWritable(Path.of("/dev/fuse"));
    }

    Client client() throws IOException, InterruptedException {
        Client client = new Client();
        clients.add(client);
        return client;
    }

    String path(String name) {
        return directory + "/" + name;
    }

    long count(String counter) {
        return counters.get(counter).get();
    }

    @Override
    public void close() throws IOException {
        vfs.locks.grantAll();
        vfs.gates.openAll();
        clients.forEach(Client::close);
        mount.close();
        host.close();
        try (var files = Files.walk(base)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
