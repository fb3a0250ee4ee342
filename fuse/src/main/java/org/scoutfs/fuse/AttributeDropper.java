package org.scoutfs.fuse;

import java.util.Arrays;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.fuse.protocol.Opcode;
import org.scoutfs.host.HostClock;

/**
 * Makes the kernel forget attributes and ACLs: rules A1 to A3 of spec 6 section 6.3. These notifications never block.
 *
 * <p>The answer "no such inode", although the kernel has lookups of it, means that a caller has not yet made the inode of a reply that is
 * written, or is just getting rid of it. In the first case it would come to life with the old attributes, so the message is repeated until the
 * kernel knows the inode or has given it back.
 *
 * <p>One case would last for ever: the caller works through a READDIRPLUS reply and waits for a name that another caller is looking up, and
 * that LOOKUP waits here for the very lock being revoked. The revocation then ends, and the repeating goes on behind it: the inodes come to
 * life after the next grant at the earliest, and lose their attributes within a fraction of a millisecond.
 */
final class AttributeDropper {
    private static final int ENOENT = -Errno.ENOENT.number();
    private static final long RETRY_NANOS = 100_000;
    private static final long PATIENCE_NANOS = 20_000_000;
    private static final long FOREVER = Long.MAX_VALUE / 2;

    private final Session session;
    private final Notifier notifier;
    private final KernelCache.Readers readers;
    private final HostClock clock;
    private final Counter dropped;
    private final Counter retried;
    private final Counter left;

    AttributeDropper(Session session, Notifier notifier, KernelCache.Readers readers, Counters counters) {
        this.session = session;
        this.notifier = notifier;
        this.readers = readers;
        this.clock = session.host.clock();
        this.dropped = counters.get("fuse_notify_attributes");
        this.retried = counters.get("fuse_notify_attributes_retried");
        this.left = counters.get("fuse_notify_attributes_late");
    }

    void drop(long[] inos) {
        if (inos.length == 0) {
            return;
        }
        NotificationBatch batch = new NotificationBatch(1, (sender, i) -> {
            long[] rest = repeat(sender, inos, true);
            if (rest.length > 0) {
                left.add(rest.length);
                notifier.submit(later -> repeat(later, rest, false));
            }
        });
        notifier.submit(batch);
        batch.await(clock, FOREVER);
    }

    /** @return those that have to be repeated behind the revocation; none unless {@code mayLeave} */
    private long[] repeat(NotificationSender sender, long[] inos, boolean mayLeave) {
        long start = clock.nanoTime();
        long[] rest = pass(sender, inos);
        while (rest.length > 0 && !notifier.isClosed()) {
            if (mayLeave && clock.nanoTime() - start > PATIENCE_NANOS && aListingWaitsForALookup()) {
                return rest;
            }
            retried.increment();
            try {
                clock.sleep(RETRY_NANOS);
            } catch (InterruptedException e) {
                // Nobody interrupts these threads on purpose, and leaving early would leave stale attributes.
                Thread.yield();
            }
            rest = pass(sender, rest);
        }
        return new long[0];
    }

    /** @return those the kernel says it does not know although it was given lookups */
    private long[] pass(NotificationSender sender, long[] inos) {
        long[] unknown = new long[8];
        int n = 0;
        for (long ino : inos) {
            dropped.increment();
            if (sender.invalidateAttributes(ino) == ENOENT && session.inodes.count(ino) > 0) {
                if (n == unknown.length) {
                    unknown = Arrays.copyOf(unknown, n * 2);
                }
                unknown[n++] = ino;
            }
        }
        return Arrays.copyOf(unknown, n);
    }

    private boolean aListingWaitsForALookup() {
        for (Reader reader : readers.all()) {
            InFlight.View view = reader.exchange().inFlight().view();
            if (view.unique() != 0 && view.opcode() == Opcode.LOOKUP && reader.isWaiting()) {
                for (Handle listing : session.listings) {
                    if (listing.ino() == view.node() && listing.plusReplySentAt != 0) {
                        return true;
                    }
                }
            }
        }
        return false;
    }
}
