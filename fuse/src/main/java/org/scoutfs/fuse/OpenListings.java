package org.scoutfs.fuse;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.fuse.protocol.Opcode;
import org.scoutfs.host.HostClock;

/**
 * READDIRPLUS replies with timeouts that callers may still be working through.
 *
 * <p>A caller puts the entries of such a reply into the kernel's caches one by one, at its own pace, with the directory's mutex held shared.
 * What it puts there looks fresh whatever was invalidated meanwhile; so a revocation has to wait until it is through. It is through when the
 * next request comes on the same open directory, or its release; or when its thread is seen to sleep elsewhere or to have run outside the
 * kernel ({@link CallerState}): it may be waiting for the directory's mutex to ask for more, behind our own invalidation.
 *
 * <p>On its way it waits for any name that another caller is looking up for the first time, and that LOOKUP may wait here for the very lock
 * being revoked. {@link #release} ends this: the LOOKUP is answered with ESTALE, at which the kernel walks the path again, once. The second
 * LOOKUP waits as the first did, and nobody waits for it: READDIRPLUS requests that come during a revocation wait for the lock themselves.
 */
final class OpenListings {
    /** The last reply with timeouts on one open directory. */
    static final class Reply {
        /** 0: none, or its caller is through with it. */
        private final AtomicLong sentAt = new AtomicLong();

        /** Of the caller; written before {@link #sentAt}. */
        private volatile int tid;

        private volatile long userTicks;
    }

    private final Set<Handle> handles = ConcurrentHashMap.newKeySet();
    private final HostClock clock;
    private final Counter released;

    OpenListings(HostClock clock, Counters counters) {
        this.clock = clock;
        this.released = counters.get("fuse_lookups_restarted");
    }

    /** A reply with timeouts is about to be sent to this thread, 0 if unknown. The window is open. */
    void sending(Handle directory, int tid) {
        directory.listing.tid = tid;
        directory.listing.userTicks = -1;
        directory.listing.sentAt.set(clock.nanoTime() | 1);
        handles.add(directory);
    }

    /** The caller asks for more: it is through with what it had. */
    void resumed(Handle directory) {
        directory.listing.sentAt.set(0);
    }

    void closed(Handle directory) {
        handles.remove(directory);
    }

    /**
     * Whether somebody may be working through a reply of this directory that was sent less than so long ago. Looks into {@code /proc}: for
     * when a revocation does not advance.
     */
    boolean pending(long dir, long nanos) {
        long now = clock.nanoTime();
        boolean pending = false;
        for (Handle handle : handles) {
            long sentAt = handle.listing.sentAt.get();
            if (handle.ino() == dir && sentAt != 0 && now - sentAt < nanos) {
                pending |= !isThrough(handle.listing, sentAt);
            }
        }
        return pending;
    }

    /** Whether there is any reply that nobody is known to be through with. */
    boolean anyPending() {
        for (Handle handle : handles) {
            if (handle.listing.sentAt.get() != 0) {
                return true;
            }
        }
        return false;
    }

    /** Answers with ESTALE all LOOKUPs that wait here and that somebody with such a reply may wait for. */
    void release(KernelCache.Readers readers) {
        if (!anyPending()) {
            return;
        }
        for (Reader reader : readers.all()) {
            if (!reader.isWaiting()) {
                continue;
            }
            InFlight.View view = reader.exchange().inFlight().view();
            if (view.unique() != 0
                    && view.opcode() == Opcode.LOOKUP
                    && pending(view.node(), Long.MAX_VALUE)
                    && reader.restart(view.unique())) {
                released.increment();
            }
        }
    }

    private static boolean isThrough(Reply reply, long sentAt) {
        int tid = reply.tid;
        if (tid == 0) {
            return false;
        }
        long ticks = CallerState.userTicks(tid);
        long before = reply.userTicks;
        boolean through =
                (before >= 0 && ticks > before) || ticks == Long.MAX_VALUE || CallerState.sleepsElsewhere(tid);
        if (through) {
            // Unless another reply was sent meanwhile.
            reply.sentAt.compareAndSet(sentAt, 0);
        } else if (before < 0) {
            reply.userTicks = ticks;
        }
        return through;
    }
}
