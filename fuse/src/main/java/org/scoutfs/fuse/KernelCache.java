package org.scoutfs.fuse;

import java.util.ArrayList;
import java.util.List;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.fuse.protocol.Opcode;
import org.scoutfs.fuse.protocol.Wire;
import org.scoutfs.host.BlockingAware;
import org.scoutfs.host.HostClock;
import org.scoutfs.vfs.CacheOwner;

/**
 * Takes back what the kernel was allowed to keep, when a cluster lock goes (spec 6 section 6.3).
 *
 * <p>A revocation first makes sure that nothing more is kept ({@link RevocationLog}), then drops attributes, pages and names of the group's
 * inodes that the kernel knows, each by its own rules. What blocks is sent from the threads of the {@link Notifier}; the calling
 * thread watches. Several revocations may run at once. A revocation holds no lock of this package.
 */
final class KernelCache implements CacheOwner {
    private static final long WINDOW_WARNING_NANOS = 1_000_000_000;
    private static final long WINDOW_PAUSE_NANOS = 20_000;
    private static final long ANSWERS_NANOS = 2_000_000;
    private static final System.Logger LOG = System.getLogger(KernelCache.class.getName());

    /** Who is reading now. */
    @FunctionalInterface
    interface Readers {
        List<Reader> all();
    }

    private final Session session;
    private final Notifier notifier;
    private final Readers readers;
    private final HostClock clock;
    private final AttributeDropper attributes;
    private final PageDropper pages;
    private final NameDropper names;
    private final Counter revocations;
    private final Counter downgrades;

    KernelCache(
            Session session,
            Notifier notifier,
            Readers readers,
            ParkedRequests parked,
            SubmountWatch submounts,
            Counters counters) {
        this.session = session;
        this.notifier = notifier;
        this.readers = readers;
        this.clock = session.host.clock();
        this.attributes = new AttributeDropper(session, notifier, readers, counters);
        this.pages = new PageDropper(notifier, readers, parked, clock, counters);
        this.names = new NameDropper(session, notifier, readers, submounts, counters);
        this.revocations = counters.get("fuse_revocations");
        this.downgrades = counters.get("fuse_revocations_to_read");
    }

    @Override
    public void revoke(long firstIno, long lastIno, boolean keepReadable) {
        if (!session.cachesPages() || notifier.isClosed()) {
            return;
        }
        BlockingAware.beforeBlocking();
        (keepReadable ? downgrades : revocations).increment();
        awaitWindows(session.revocations.begin(firstIno, lastIno));
        awaitAnswers(firstIno, lastIno);
        awaitWindows(session.revocations.dropping(firstIno, lastIno));
        if (keepReadable) {
            // Only shared mappings know of more than we do. Their pages go, dirty ones to us first: they may be changed
            // at any time without a word, which is allowed under the lock for writing only.
            pages.drop(session.mappable.within(firstIno, lastIno));
            return;
        }
        List<Long> inos = new ArrayList<>();
        List<Long> withAttributes = new ArrayList<>();
        List<Long> withPages = new ArrayList<>();
        List<Long> directories = new ArrayList<>();
        long taken = KernelInodes.PAGES | KernelInodes.ATTRIBUTES;
        session.inodes.takeAll(firstIno, lastIno, taken, (ino, count, flags) -> {
            inos.add(ino);
            if ((flags & KernelInodes.ATTRIBUTES) != 0) {
                withAttributes.add(ino);
            }
            if ((flags & KernelInodes.PAGES) != 0) {
                withPages.add(ino);
            }
            if ((flags & KernelInodes.NAMES) != 0) {
                directories.add(ino);
            }
        });
        long[] known = array(inos);
        attributes.drop(array(withAttributes));
        pages.drop(array(withPages));
        names.drop(array(directories));
        if (session.negotiated.minor() >= Wire.MINOR_PRUNE) {
            prune(known);
        }
    }

    @Override
    public void revoked(long firstIno, long lastIno, boolean keepReadable) {
        if (!session.cachesPages() || notifier.isClosed()) {
            return;
        }
        awaitWindows(session.revocations.end(firstIno, lastIno));
        if (keepReadable) {
            return;
        }
        // Not of mappable files: only reads that cannot be stored into were let in. What there may be is the data of a
        // write that waits
        // for the lock, and if somebody stored into it by a mapping, dropping it would wait for the lock, too.
        List<Long> again = new ArrayList<>();
        session.inodes.takeAll(firstIno, lastIno, KernelInodes.PAGES, (ino, count, flags) -> {
            if ((flags & KernelInodes.PAGES) != 0 && session.mappable.get(ino) == null) {
                again.add(ino);
            }
        });
        pages.drop(array(again));
        session.inodes.takeAll(firstIno, lastIno, KernelInodes.PAGES_GO, (ino, count, flags) -> {});
    }

    @Override
    public void changed(long ino, boolean contents) {
        if (!session.cachesPages() || notifier.isClosed()) {
            return;
        }
        BlockingAware.beforeBlocking();
        awaitWindows(session.revocations.add(ino, ino));
        if (session.inodes.count(ino) == 0) {
            return;
        }
        attributes.drop(new long[] {ino});
        if (contents && session.inodes.take(ino, KernelInodes.PAGES)) {
            pages.drop(new long[] {ino});
        }
    }

    /** Drops attributes and pages of a range without waiting; {@code lengthBytes} 0 means to the end. */
    void dropSoon(long ino, long offset, long lengthBytes) {
        notifier.submit(sender -> sender.invalidatePages(ino, offset, lengthBytes));
    }

    /**
     * The kernel gives back what it does not use, so that a file unlinked on another mount does not live until this host is short of memory.
     * Nobody waits for it.
     */
    private void prune(long[] inos) {
        if (inos.length == 0) {
            return;
        }
        notifier.submit(sender -> {
            for (int at = 0; at < inos.length && !notifier.isClosed(); at += NotificationSender.MOST_PRUNED) {
                sender.prune(inos, at, Math.min(inos.length - at, NotificationSender.MOST_PRUNED));
            }
        });
    }

    /**
     * Gives requests in hand that have found out a size or contents for the kernel the time to be answered. It does not believe a size if it was
     * told to forget the inode after it had asked: a stat gets its answer all the same, but a read(2) then goes on with the size of before.
     * And a page that may be stored into is not given any more once pages are being dropped, so its reader has to begin again.
     */
    private void awaitAnswers(long firstIno, long lastIno) {
        long deadline = clock.nanoTime() + ANSWERS_NANOS;
        for (Reader reader : readers.all()) {
            InFlight.View view = reader.exchange().inFlight().view();
            boolean findsSize = view.opcode() == Opcode.GETATTR || view.opcode() == Opcode.READ;
            if (view.unique() == 0 || !findsSize || view.node() < firstIno || view.node() > lastIno) {
                continue;
            }
            while (reader.exchange().inFlight().unique() == view.unique()
                    && reader.getState() == Thread.State.RUNNABLE
                    && clock.nanoTime() < deadline) {
                pause();
            }
        }
    }

    /** Returns when no reply is on its way that was judged before the revocation with this number was known. */
    private void awaitWindows(long sequence) {
        long start = clock.nanoTime();
        boolean warned = false;
        for (Reader reader : readers.all()) {
            for (int i = 0; ; i++) {
                long window = reader.exchange().window();
                if (window == 0 || window >= sequence || reader == Thread.currentThread()) {
                    break;
                }
                if (i < 100) {
                    Thread.onSpinWait();
                } else {
                    pause();
                    if (!warned && clock.nanoTime() - start > WINDOW_WARNING_NANOS) {
                        warned = true;
                        LOG.log(
                                System.Logger.Level.WARNING,
                                "{0} has been writing a reply for a second: {1}",
                                reader.getName(),
                                List.of(reader.getStackTrace()));
                    }
                }
            }
        }
    }

    private void pause() {
        try {
            clock.sleep(WINDOW_PAUSE_NANOS);
        } catch (InterruptedException ignored) {
            // A revocation is not given up half-way: the cluster waits for it.
        }
    }

    private static long[] array(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).toArray();
    }
}
