package org.scoutfs.fuse;

import java.util.ArrayList;
import java.util.List;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.fuse.protocol.Wire.Notify;
import org.scoutfs.host.HostClock;

/**
 * Makes the kernel forget names: rules N1 and N2 of spec 6 section 6.3.
 *
 * <p>Names go one by one if there are few, else all of the mount at once, by the epoch. The first way waits for the directory's mutex in the
 * kernel, which every request on a name in that directory holds until it is answered; such a request may wait for the very lock
 * that is being revoked. The second way never waits, but misses the entries of a READDIRPLUS reply that a caller is still working through,
 * which then look fresh. So one message that waits for the mutex always goes first, as a barrier behind those replies; and if it gets
 * stuck, the epoch replaces it as soon as it is known that no such reply is being worked through:
 *
 * <ul>
 *   <li>a request in our hands owns the mutex exclusively: then nobody reads the directory; or
 *   <li>no READDIRPLUS reply with timeouts is being worked through, as {@link OpenListings} knows it. Where it does not know within
 *       {@value #LISTING_MILLIS} ms, the epoch is advanced all the same, and again when the stuck message comes back.
 * </ul>
 */
final class NameDropper {
    private static final long STALL_NANOS = 2_000_000;

    /** With mounts below: the epoch would unmount them, so it comes only where nothing else helps. */
    private static final long SUBMOUNT_STALL_NANOS = 1_000_000_000;

    private static final int LISTING_MILLIS = 2000;

    /** More names than this in one revocation are dropped by the epoch. */
    private static final int MOST_SINGLE_NAMES = 256;

    /** No name can be this. */
    private static final byte[] BARRIER = {'/'};

    private final Session session;
    private final Notifier notifier;
    private final KernelCache.Readers readers;
    private final SubmountWatch submounts;
    private final HostClock clock;
    private final Counter dropped;
    private final Counter epochs;
    private final Counter stuck;

    NameDropper(
            Session session,
            Notifier notifier,
            KernelCache.Readers readers,
            SubmountWatch submounts,
            Counters counters) {
        this.session = session;
        this.notifier = notifier;
        this.readers = readers;
        this.submounts = submounts;
        this.clock = session.host.clock();
        this.dropped = counters.get("fuse_notify_names");
        this.epochs = counters.get("fuse_notify_epochs");
        this.stuck = counters.get("fuse_notify_names_stuck");
    }

    private record Message(long dir, byte[] name) {}

    void drop(long[] directories) {
        List<Message> messages = new ArrayList<>();
        boolean epoch = false;
        for (long dir : directories) {
            GivenNames.Taken taken = session.names.take(dir);
            epoch |= taken.many() || messages.size() + taken.names().length > MOST_SINGLE_NAMES;
            if (epoch) {
                messages.add(new Message(dir, BARRIER));
            } else {
                for (byte[] name : taken.names()) {
                    messages.add(new Message(dir, name));
                }
            }
        }
        if (messages.isEmpty()) {
            return;
        }
        int flags = submounts.check() ? Notify.ENTRY_EXPIRE_ONLY : 0;
        boolean late = send(messages, flags);
        if (epoch || late) {
            epochs.increment();
            NotificationBatch bump = new NotificationBatch(1, (sender, i) -> sender.incrementEpoch());
            notifier.submit(bump);
            bump.await(clock, Long.MAX_VALUE / 2);
        }
    }

    /** @return whether a message had to be left behind, so that the epoch has to do its work */
    private boolean send(List<Message> messages, int flags) {
        boolean late = false;
        long stallNanos = (flags & Notify.ENTRY_EXPIRE_ONLY) == 0 ? STALL_NANOS : SUBMOUNT_STALL_NANOS;
        List<Message> rest = messages;
        while (!rest.isEmpty()) {
            List<Message> now = rest;
            NotificationBatch batch = new NotificationBatch(now.size(), (sender, i) -> {
                dropped.increment();
                sender.invalidateEntry(now.get(i).dir, now.get(i).name, flags);
            });
            notifier.submit(batch);
            int at = now.size();
            while (!batch.await(clock, stallNanos)) {
                int reached = batch.done();
                if (reached < now.size() && mayLeave(now.get(reached).dir)) {
                    at = batch.abandon(NotificationSender::incrementEpoch);
                    break;
                }
            }
            if (at == now.size()) {
                return late;
            }
            stuck.increment();
            late = true;
            rest = barriersAfter(now, at);
        }
        return late;
    }

    /** The epoch will do for all names; of every other directory one message is needed as a barrier. */
    private static List<Message> barriersAfter(List<Message> messages, int at) {
        List<Message> barriers = new ArrayList<>();
        long last = messages.get(at).dir;
        for (Message message : messages.subList(at + 1, messages.size())) {
            if (message.dir != last) {
                last = message.dir;
                barriers.add(new Message(last, BARRIER));
            }
        }
        return barriers;
    }

    private boolean mayLeave(long dir) {
        if (notifier.isClosed()) {
            return true;
        }
        for (Reader reader : readers.all()) {
            InFlight.View view = reader.exchange().inFlight().view();
            if (view.unique() != 0 && view.ownsExclusively(dir)) {
                return true;
            }
        }
        if (session.listings.pending(dir, LISTING_MILLIS * 1_000_000L)) {
            session.listings.release(readers);
            return false;
        }
        return true;
    }
}
