package org.scoutfs.fuse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fuse.protocol.InitFlag;
import org.scoutfs.fuse.protocol.Opcode;
import org.scoutfs.host.Host;
import org.scoutfs.vfs.Vfs;

/**
 * A {@link Vfs} mounted on a directory of this machine. Safe for all threads; who made it closes it.
 *
 * <p>This process must never touch the mount itself: no file access, working directory, log or temporary file below the mount point.
 */
public final class FuseMount implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(FuseMount.class.getName());
    private static final long DESTROY_POLL_NANOS = 1_000_000;
    private static final int DESTROY_POLLS = 5_000;
    private static final int INTERRUPT_LOOKS = 20;
    private static final long INTERRUPT_PAUSE_NANOS = 1_000_000;

    private final KernelMount kernelMount;
    private final Path mountPoint;
    private final long connection;
    private final Session session;
    private final SessionEnd sessionEnd;
    private final Host host;
    private final Notifier notifier;
    private final ParkedRequests parked;
    private final Readers readers;
    private final AtomicBoolean endCalled = new AtomicBoolean();
    private final AtomicBoolean disconnected = new AtomicBoolean();
    private final CountDownLatch over = new CountDownLatch(1);

    /** A request that waits now. */
    public record WaitingRequest(String operation, long ino, int pid, long waitingNanos) {}

    private FuseMount(
            KernelMount kernelMount,
            Path mountPoint,
            Session session,
            SessionEnd sessionEnd,
            Host host,
            Counters counters)
            throws IOException {
        this.kernelMount = kernelMount;
        this.mountPoint = mountPoint;
        this.session = session;
        this.sessionEnd = sessionEnd;
        this.host = host;
        this.notifier = new Notifier(kernelMount.fd(), host.threads(), counters);
        MountTable.@Nullable Entry entry = tableEntry(mountPoint);
        this.connection = entry == null ? 0 : entry.connection();
        SubmountWatch submounts = new SubmountWatch(session, entry == null ? 0 : entry.id());
        this.parked = new ParkedRequests(host.clock(), session.options.maxBackground(), counters);
        KernelCache cache = new KernelCache(session, notifier, () -> allReaders(), parked, submounts, counters);
        String device = entry == null ? "" : entry.device();
        Dispatcher dispatcher = new Dispatcher(session, cache, parked, new Events(), device, counters);
        this.readers = new Readers(kernelMount.fd(), dispatcher, parked, session, host.clock(), counters);
        session.vfs.setCacheOwner(cache);
        session.vfs.setShownReadOnly(new ReadOnlyLook(entry == null ? 0 : entry.id(), session.options)::isReadOnly);
        if (entry != null && session.options.readaheadKiB() > 0) {
            setReadahead(entry.device(), session.options.readaheadKiB());
        }
    }

    /** As {@link #mount(Vfs, Path, FuseOptions, SessionEnd, Host, Counters)} with nothing to do at the end. */
    public static FuseMount mount(Vfs vfs, Path mountPoint, FuseOptions options, Host host, Counters counters)
            throws IOException {
        return mount(vfs, mountPoint, options, orderly -> {}, host, counters);
    }

    /**
     * Mounts and starts to serve. When it returns the mount answers.
     *
     * @param vfs gets this mount as its cache owner; stays open until {@code sessionEnd} was called
     * @param mountPoint an existing directory
     * @param sessionEnd called once when the mount has ended
     * @throws IOException if it cannot be mounted, naming the reason; nothing is left behind then
     */
    public static FuseMount mount(
            Vfs vfs, Path mountPoint, FuseOptions options, SessionEnd sessionEnd, Host host, Counters counters)
            throws IOException {
        Path target = mountPoint.toRealPath();
        if (options.transport() != Transport.DEVICE) {
            RingSupport.switchOn();
        }
        KernelMount kernelMount = KernelMount.mount(target, options);
        try {
            Negotiated negotiated = negotiate(kernelMount.fd(), options);
            LOG.log(
                    System.Logger.Level.INFO,
                    "{0} mounted on {1}: FUSE 7.{2}, flags {3}, caching {4}, transport {5}",
                    options.source(),
                    target,
                    negotiated.minor(),
                    Long.toHexString(negotiated.flags()),
                    negotiated.cacheMode(),
                    negotiated.has(InitFlag.OVER_IO_URING) ? "io_uring" : "device");
            Session session = new Session(vfs, options, negotiated, host, counters);
            FuseMount mount = new FuseMount(kernelMount, target, session, sessionEnd, host, counters);
            try {
                mount.readers.start();
            } catch (IOException | RuntimeException | Error e) {
                // Those that were started end by it.
                kernelMount.force();
                mount.readers.stop();
                mount.parked.close();
                mount.readers.awaitAllGone();
                throw e;
            }
            return mount;
        } catch (IOException | RuntimeException | Error e) {
            kernelMount.force();
            kernelMount.closeDevice();
            throw e;
        }
    }

    public Path mountPoint() {
        return mountPoint;
    }

    /** Its number below {@code /sys/fs/fuse/connections}; 0 if the mount could not be found. */
    public long connection() {
        return connection;
    }

    /** What the kernel may keep, which is less than was asked for if the kernel is old. */
    public CacheMode cacheMode() {
        return session.negotiated.cacheMode();
    }

    /** Requests that wait now for a lock, a peer, a device or offline data. */
    public List<WaitingRequest> waiting() {
        List<WaitingRequest> waiting = new ArrayList<>();
        long now = host.clock().nanoTime();
        for (Reader reader : readers.all()) {
            InFlight.View view = reader.exchange().inFlight().view();
            if (reader.isWaiting() && view.unique() != 0) {
                waiting.add(new WaitingRequest(
                        Opcode.name(view.opcode()), view.node(), view.pid(), now - reader.waitingSince()));
            }
        }
        for (Parked request : parked.all()) {
            InFlight.View view = request.view;
            waiting.add(new WaitingRequest(Opcode.name(view.opcode()), view.node(), view.pid(), now - request.since));
        }
        return waiting;
    }

    /** Number of {@link #waiting()}. */
    public int waitingCount() {
        int count = parked.count();
        for (Reader reader : readers.all()) {
            if (reader.isWaiting()) {
                count++;
            }
        }
        return count;
    }

    /** Returns when the mount has ended, by whomever, and the session end has run. */
    public void awaitUnmounted() throws InterruptedException {
        over.await();
    }

    public boolean isOver() {
        return over.getCount() == 0;
    }

    /**
     * Takes the mount off its directory; {@link #awaitUnmounted} waits for what follows.
     *
     * @param lazy detach now, end when the last user is gone
     * @throws FsException EBUSY if somebody uses it and {@code lazy} is false; EINVAL if it is not mounted any more
     */
    public void unmount(boolean lazy) throws FsException {
        int result = kernelMount.unmount(lazy);
        if (result < 0) {
            throw new FsException(
                    Errno.of(-result),
                    "unmount " + mountPoint + ": " + Errno.of(-result).text());
        }
    }

    /** Unmounts, by force if somebody uses it, and waits until everything has ended. */
    @Override
    public void close() {
        if (!isOver()) {
            int result = kernelMount.unmount(false);
            if (result == -Errno.EBUSY.number()) {
                LOG.log(System.Logger.Level.WARNING, "{0} is in use and is unmounted by force", mountPoint);
                kernelMount.force();
            }
        }
        boolean interrupted = false;
        while (true) {
            try {
                over.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private List<Reader> allReaders() {
        return readers.all();
    }

    /** The first request is INIT; until it is answered the kernel holds back all others. */
    private static Negotiated negotiate(int fd, FuseOptions options) throws IOException {
        try (DeviceChannel x = new DeviceChannel(fd, 0, options.maxWriteBytes())) {
            long n;
            do {
                n = x.receive();
            } while (n == -Errno.EINTR.number() || n == -Errno.EAGAIN.number());
            if (n < 0) {
                throw new IOException("/dev/fuse: " + Errno.of((int) -n).text() + " instead of INIT");
            }
            try {
                if (!x.request().received((int) n) || x.request().opcode() != Opcode.INIT) {
                    throw new IOException("the first FUSE request is not INIT");
                }
                Negotiated negotiated = Negotiated.answer(x.request(), options);
                int sent = x.send(0, negotiated.write(x.reply(), options));
                if (sent < 0) {
                    throw new IOException("INIT reply: " + Errno.of(-sent).text());
                }
                return negotiated;
            } catch (FsException e) {
                x.send(Failures.toKernel(e.errno()), 0);
                throw new IOException("FUSE INIT: " + e.getMessage(), e);
            }
        }
    }

    private static MountTable.@Nullable Entry tableEntry(Path mountPoint) {
        try {
            return MountTable.read().at(MountTable.bytesOf(mountPoint));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void setReadahead(String device, int kiB) {
        Path file = Path.of("/sys/class/bdi", device, "read_ahead_kb");
        try {
            Files.writeString(file, Integer.toString(kiB), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            // Not root, or sysfs is read-only: slower reads, nothing else.
            LOG.log(System.Logger.Level.INFO, "readahead stays as it is: {0}", e.toString());
        }
    }

    private void callEnd(boolean orderly) {
        if (endCalled.compareAndSet(false, true)) {
            try {
                sessionEnd.ended(orderly);
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, "the end of the mount on " + mountPoint + " failed", e);
            }
        }
    }

    /** After the kernel has let go: readers end, then everything it had is given back. */
    private void finish(boolean forced) {
        readers.stop();
        parked.close();
        notifier.close();
        if (forced) {
            // Requests may hang in the file system for ever: its owner has to hear of it first.
            callEnd(false);
        }
        readers.awaitAllGone();
        if (!forced && !endCalled.get()) {
            session.releaseEverything();
        }
        session.copies.close();
        callEnd(true);
        notifier.awaitGone();
        kernelMount.closeDevice();
        LOG.log(System.Logger.Level.INFO, "{0} is unmounted{1}", mountPoint, forced ? " by force" : "");
        over.countDown();
    }

    private final class Events implements Lifecycle {
        /**
         * An interrupt may come before a reader has the request. Over the device the kernel sends it again when told so; of what comes over
         * io_uring it does not find the request then, so it is looked for a few times here.
         */
        @Override
        public boolean interrupt(long unique) {
            boolean rings = session.negotiated.has(InitFlag.OVER_IO_URING);
            for (int look = 1; ; look++) {
                if (parked.cancel(unique)) {
                    return true;
                }
                boolean found = false;
                boolean inHand = false;
                // All of them: one that has answered may show for a moment what another one has in the same place.
                for (Reader reader : readers.all()) {
                    InFlight.View view = reader.exchange().inFlight().view();
                    if (view.unique() == unique) {
                        found = true;
                        // Others expect an answer from a call that cannot be interrupted on any other file system.
                        if (view.changesNothing() && CallerState.isKilled(view.pid())) {
                            reader.exchange().killed(unique);
                            reader.restart(unique);
                        }
                        inHand |= reader.cancel(unique);
                    }
                }
                if (found) {
                    // It may have been put aside this moment.
                    return parked.cancel(unique) || inHand;
                }
                if (!rings || look == INTERRUPT_LOOKS) {
                    return false;
                }
                try {
                    host.clock().sleep(INTERRUPT_PAUSE_NANOS);
                } catch (InterruptedException e) {
                    return false;
                }
            }
        }

        @Override
        public void destroyed(Exchange x) {
            // FORGETs may still be executed by others; nothing else can be.
            for (int i = 0; i < DESTROY_POLLS && othersBusy(x); i++) {
                try {
                    host.clock().sleep(DESTROY_POLL_NANOS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    break;
                }
            }
            session.releaseEverything();
            callEnd(true);
        }

        @Override
        public void disconnected(boolean aborted) {
            session.disconnect();
            if (disconnected.compareAndSet(false, true)) {
                // With a block device an orderly end begins with DESTROY; without one it cannot be told from umount -f.
                boolean forced = !endCalled.get() && (aborted || session.options.blockDevice());
                host.threads().platform("fuse-end", () -> finish(forced));
            }
        }

        @Override
        public void failed(Throwable failure) {
            sessionEnd.failed(failure);
        }

        @Override
        public void broken() {
            kernelMount.force();
        }

        private boolean othersBusy(Exchange x) {
            for (Reader reader : readers.all()) {
                if (reader.exchange() != x && reader.exchange().inFlight().unique() != 0) {
                    return true;
                }
            }
            return false;
        }
    }
}
