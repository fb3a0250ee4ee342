package org.scoutfs.fuse;

import java.util.Arrays;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.host.HostClock;

/**
 * Makes the kernel forget attributes and ACLs: rules A1 to A3 of spec 6 section 6.3. These notifications never block.
 *
 * <p>The answer "no such inode", although the kernel has lookups of it, means that a caller has not yet made the inode of a reply that is
 * written, or is just getting rid of it. In the first case it would come to life with the old attributes, so the message is repeated until the
 * kernel knows the inode or has given it back. A caller with a READDIRPLUS reply may need help to get on ({@link OpenListings}).
 */
final class AttributeDropper {
    private static final int ENOENT = -Errno.ENOENT.number();
    private static final long RETRY_NANOS = 100_000;

    /** From when on somebody may be stuck. */
    private static final long STALL_NANOS = 2_000_000;

    /**
     * When a revocation stops waiting for a caller that is still not through with a listing, for a reason unknown here (its buffer may be a
     * mapping of a file under the lock being revoked); the repeating then goes on behind it.
     */
    private static final long PATIENCE_NANOS = 2_000_000_000;

    private static final long FOREVER = Long.MAX_VALUE / 2;

    private final Session session;
    private final Notifier notifier;
    private final KernelCache.Readers readers;
    private final HostClock clock;
    private final Counter dropped;
    private final Counter retried;
    private final Counter late;

    AttributeDropper(Session session, Notifier notifier, KernelCache.Readers readers, Counters counters) {
        this.session = session;
        this.notifier = notifier;
        this.readers = readers;
        this.clock = session.host.clock();
        this.dropped = counters.get("fuse_notify_attributes");
        this.retried = counters.get("fuse_notify_attributes_retried");
        this.late = counters.get("fuse_notify_attributes_late");
    }

    void drop(long[] inos) {
        if (inos.length == 0) {
            return;
        }
        NotificationBatch batch = new NotificationBatch(1, (sender, i) -> {
            long[] rest = repeat(sender, inos, true);
            if (rest.length > 0) {
                late.add(rest.length);
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
            long waited = clock.nanoTime() - start;
            if (mayLeave && waited > PATIENCE_NANOS && session.listings.anyPending()) {
                return rest;
            }
            if (mayLeave && waited > STALL_NANOS) {
                session.listings.release(readers);
            }
            retried.increment();
            try {
                clock.sleep(RETRY_NANOS);
            } catch (InterruptedException ignored) {
                // Nobody interrupts these threads on purpose, and leaving early would leave stale attributes.
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
}
