package org.scoutfs.fuse;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.fuse.protocol.Opcode;
import org.scoutfs.host.HostClock;

/**
 * READDIRPLUS replies with timeouts that callers may still be working through.
 *
 * <p>A caller puts the entries of such a reply into the kernel's caches one by one, at its own pace, with the directory's mutex held shared.
 * What it puts there looks fresh whatever was invalidated meanwhile; so a revocation has to wait until it is through. It is, at the latest,
 * when the next request comes on the same open directory, or its release.
 *
 * <p>On its way it waits for any name that another caller is looking up for the first time, and that LOOKUP may wait here for the very lock
 * being revoked. {@link #release} ends this: the LOOKUP is answered with ESTALE, at which the kernel walks the path again, once. The second
 * LOOKUP waits as the first did, and nobody waits for it: READDIRPLUS requests that come during a revocation wait for the lock themselves.
 */
final class OpenListings {
    private static final int ESTALE = -Errno.ESTALE.number();

    private final Set<Handle> handles = ConcurrentHashMap.newKeySet();
    private final HostClock clock;
    private final Counter released;

    OpenListings(HostClock clock, Counters counters) {
        this.clock = clock;
        this.released = counters.get("fuse_lookups_restarted");
    }

    /** A reply with timeouts is about to be sent. The window is open. */
    void sending(Handle directory) {
        // 0 means none.
        directory.plusReplySentAt = clock.nanoTime() | 1;
        handles.add(directory);
    }

    /** The caller asks for more: it is through with what it had. */
    void resumed(Handle directory) {
        directory.plusReplySentAt = 0;
    }

    void closed(Handle directory) {
        handles.remove(directory);
    }

    /** Whether somebody may be working through a reply of this directory that was sent less than so long ago. */
    boolean pending(long dir, long nanos) {
        long now = clock.nanoTime();
        for (Handle handle : handles) {
            long sentAt = handle.plusReplySentAt;
            if (handle.ino() == dir && sentAt != 0 && now - sentAt < nanos) {
                return true;
            }
        }
        return false;
    }

    /** Whether there is any reply that nobody is known to be through with. */
    boolean anyPending() {
        for (Handle handle : handles) {
            if (handle.plusReplySentAt != 0) {
                return true;
            }
        }
        return false;
    }

    /** Answers all LOOKUPs that wait here and that somebody with such a reply may wait for. */
    void release(KernelCache.Readers readers, Notifier notifier) {
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
                    && reader.exchange().claim(view.unique())) {
                released.increment();
                notifier.submit(sender -> sender.answer(view.unique(), ESTALE));
            }
        }
    }
}
