package org.scoutfs.fuse;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.fuse.InFlight.Kind;
import org.scoutfs.fuse.protocol.Wire;
import org.scoutfs.host.HostClock;

/**
 * Drops cached pages of files, after dirty ones have been written: rules P1, P1b and P2 of spec 6 section 6.3.
 *
 * <p>The kernel locks the folios of a READ until it is answered, and an invalidation waits for locked folios. A READ that waits for the very
 * lock being revoked would so keep the revocation waiting for itself. Its folios hold nothing yet; so everything around the READs in our
 * hands is invalidated, and a notification that is stuck behind a READ nobody had seen yet is left behind and replaced.
 */
final class PageDropper {
    private static final long STALL_NANOS = 2_000_000;

    /** How long a page may resist that is locked only if a request of ours holds it; see P1b. */
    private static final long EDGE_NANOS = 20_000_000;

    private static final long PAGE = Wire.PAGE_BYTES;

    private final Notifier notifier;
    private final KernelCache.Readers readers;
    private final ParkedRequests parked;
    private final HostClock clock;
    private final Counter dropped;
    private final Counter rounds;

    PageDropper(
            Notifier notifier, KernelCache.Readers readers, ParkedRequests parked, HostClock clock, Counters counters) {
        this.parked = parked;
        this.notifier = notifier;
        this.readers = readers;
        this.clock = clock;
        this.dropped = counters.get("fuse_notify_pages");
        this.rounds = counters.get("fuse_notify_pages_repeated");
    }

    /** Bytes from {@code start}, included, to {@code end}, not; {@code end} is {@link Long#MAX_VALUE} for the end of the file. */
    record Range(long start, long end) {}

    void drop(long[] inos) {
        for (int at = 0; at < inos.length; ) {
            at = dropQuickly(inos, at);
            if (at < inos.length) {
                dropAround(inos[at++]);
            }
        }
    }

    /** Whole files, as long as nothing is in the way. @return the first one that needs more care */
    private int dropQuickly(long[] inos, int from) {
        int end = from;
        while (end < inos.length && inFlight(inos[end]).isEmpty()) {
            end++;
        }
        if (end == from) {
            return from;
        }
        NotificationBatch batch = new NotificationBatch(end - from, (sender, i) -> {
            dropped.increment();
            sender.invalidatePages(inos[from + i], 0, 0);
        });
        notifier.submit(batch);
        if (batch.await(clock, STALL_NANOS)) {
            return end;
        }
        return from + batch.abandon(sender -> {});
    }

    private void dropAround(long ino) {
        Set<Long> seen = new HashSet<>();
        List<InFlight.View> views = inFlight(ino);
        while (!round(views, ino, seen)) {
            rounds.increment();
            views = inFlight(ino);
        }
    }

    /** @return false: a READ has turned up that this round did not leave out */
    private boolean round(List<InFlight.View> views, long ino, Set<Long> seen) {
        List<Range> reads = new ArrayList<>();
        List<Range> doubtful = new ArrayList<>();
        for (InFlight.View view : views) {
            if (view.kind() == Kind.BUFFERED_READ) {
                seen.add(view.unique());
                reads.add(pages(view.start(), view.end()));
            } else {
                doubtful.addAll(doubtful(view));
            }
        }
        List<Range> gaps = gaps(reads, doubtful);
        List<NotificationBatch> calls = submit(ino, gaps);
        List<NotificationBatch> edges = submit(ino, doubtful);
        for (NotificationBatch call : calls) {
            while (!call.await(clock, STALL_NANOS)) {
                if (notifier.isClosed()) {
                    return true;
                }
                for (InFlight.View view : inFlight(ino)) {
                    if (view.kind() == Kind.BUFFERED_READ && !seen.contains(view.unique())) {
                        return false;
                    }
                }
            }
        }
        for (NotificationBatch edge : edges) {
            edge.await(clock, EDGE_NANOS);
        }
        return true;
    }

    private List<NotificationBatch> submit(long ino, List<Range> ranges) {
        List<NotificationBatch> batches = new ArrayList<>();
        for (Range range : ranges) {
            NotificationBatch batch = new NotificationBatch(1, (sender, i) -> {
                dropped.increment();
                sender.invalidatePages(ino, range.start, range.end == Long.MAX_VALUE ? 0 : range.end - range.start);
            });
            notifier.submit(batch);
            batches.add(batch);
        }
        return batches;
    }

    private List<InFlight.View> inFlight(long ino) {
        List<InFlight.View> found = new ArrayList<>(0);
        for (Reader reader : readers.all()) {
            if (reader != Thread.currentThread()) {
                InFlight.View view = reader.exchange().inFlight().view();
                if (view.unique() != 0 && view.node() == ino && view.kind() != Kind.OTHER) {
                    found.add(view);
                }
            }
        }
        for (Parked waiting : parked.all()) {
            if (waiting.view.node() == ino && waiting.fill) {
                found.add(waiting.view);
            }
        }
        return found;
    }

    /** Pages that are locked if they were not cached, and have to go if they were. */
    static List<Range> doubtful(InFlight.View view) {
        Range whole = pages(view.start(), view.end());
        List<Range> edges = new ArrayList<>(2);
        if (view.start() % PAGE != 0) {
            edges.add(new Range(whole.start, whole.start + PAGE));
        }
        if (view.end() % PAGE != 0 && (edges.isEmpty() || whole.end - PAGE > whole.start)) {
            edges.add(new Range(whole.end - PAGE, whole.end));
        }
        return edges;
    }

    /** Everything that is in none of the ranges, in order. */
    static List<Range> gaps(List<Range> some, List<Range> others) {
        List<Range> all = new ArrayList<>(some);
        all.addAll(others);
        all.sort(Comparator.comparingLong(Range::start));
        List<Range> gaps = new ArrayList<>();
        long at = 0;
        for (Range range : all) {
            if (range.start > at) {
                gaps.add(new Range(at, range.start));
            }
            at = Math.max(at, range.end);
        }
        if (at < Long.MAX_VALUE) {
            gaps.add(new Range(at, Long.MAX_VALUE));
        }
        return gaps;
    }

    private static Range pages(long start, long end) {
        return new Range(
                start / PAGE * PAGE, end > Long.MAX_VALUE - PAGE ? Long.MAX_VALUE : (end + PAGE - 1) / PAGE * PAGE);
    }
}
