package org.scoutfs.fuse;

import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;

/** Makes the kernel forget attributes and ACLs: rules A1 to A3 of spec 6 section 6.3. These notifications never block. */
final class AttributeDropper {
    private static final int ENOENT = -Errno.ENOENT.number();
    private static final long RETRY_NANOS = 100_000;
    private static final long FOREVER = Long.MAX_VALUE / 2;

    private final Session session;
    private final Notifier notifier;
    private final Counter dropped;
    private final Counter retried;

    AttributeDropper(Session session, Notifier notifier, Counters counters) {
        this.session = session;
        this.notifier = notifier;
        this.dropped = counters.get("fuse_notify_attributes");
        this.retried = counters.get("fuse_notify_attributes_retried");
    }

    void drop(long[] inos) {
        if (inos.length == 0) {
            return;
        }
        NotificationBatch batch = new NotificationBatch(inos.length, (sender, i) -> drop(sender, inos[i]));
        notifier.submit(batch);
        batch.await(session.host.clock(), FOREVER);
    }

    /**
     * "No such inode", although the kernel has lookups of it: the caller has not yet made the inode of a reply that is written, or is
     * just getting rid of it. In the first case it would come to life with the old attributes, so it is asked until it knows the
     * inode or has given it back.
     */
    private void drop(NotificationSender sender, long ino) {
        dropped.increment();
        while (sender.invalidateAttributes(ino) == ENOENT && session.inodes.count(ino) > 0 && !notifier.isClosed()) {
            retried.increment();
            try {
                session.host.clock().sleep(RETRY_NANOS);
            } catch (InterruptedException e) {
                // Nobody interrupts these threads on purpose, and leaving early would leave stale attributes.
                Thread.yield();
            }
        }
    }
}
