package org.scoutfs.fuse;

import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.fs.Attributes;
import org.scoutfs.host.Host;
import org.scoutfs.vfs.Vfs;

/**
 * What the operations of one mount share: the file system, what was agreed with the kernel, and what the kernel was given. Safe for all
 * threads.
 */
final class Session {
    /** How long the kernel keeps what we promise to take back. */
    static final long LONG_SECONDS = 86_400;

    final Vfs vfs;
    final FuseOptions options;
    final Negotiated negotiated;
    final Host host;
    final RevocationLog revocations = new RevocationLog();
    final KernelInodes inodes = new KernelInodes();
    final GivenNames names = new GivenNames(inodes);
    final Handles handles = new Handles();
    final MappableFiles mappable = new MappableFiles();

    final OpenListings listings;
    final CallerAccess callerAccess = new CallerAccess();
    final MemoryCopies copies;

    final Counter malformed;
    final Counter unexpected;
    final Counter repeatedReads;

    /** Something is mounted below our root: names are not kept, because dropping one would unmount it (spec 6 section 6.5). */
    private volatile boolean submounts;

    /** The kernel has let go: whoever waited for an answer waits no more, and its thread id may be another's. */
    private volatile boolean disconnected;

    Session(Vfs vfs, FuseOptions options, Negotiated negotiated, Host host, Counters counters) {
        this.vfs = vfs;
        this.options = options;
        this.negotiated = negotiated;
        this.host = host;
        this.copies = new MemoryCopies(negotiated, host.threads());
        this.listings = new OpenListings(host.clock(), counters);
        this.malformed = counters.get("fuse_malformed_requests");
        this.unexpected = counters.get("fuse_unexpected_failures");
        this.repeatedReads = counters.get("fuse_repeated_reads");
        // The kernel has the root as long as the mount lives and never gives it back.
        inodes.add(Vfs.ROOT_INO, 1);
    }

    boolean cachesPages() {
        return negotiated.cacheMode() != CacheMode.NONE;
    }

    boolean disconnected() {
        return disconnected;
    }

    void disconnect() {
        disconnected = true;
    }

    boolean submounts() {
        return submounts;
    }

    void submounts(boolean present) {
        submounts = present;
    }

    /** Seconds for which the kernel may keep the attributes of this inode that the operation in hand has found. The window is open. */
    long attributeSeconds(Exchange x, long ino) {
        if (!cachesPages() || revocations.revokedSince(x.since(), ino)) {
            return 0;
        }
        inodes.mark(ino, KernelInodes.ATTRIBUTES);
        return LONG_SECONDS;
    }

    /** The same for names in this directory. */
    long nameSeconds(Exchange x, long dir) {
        return negotiated.cacheMode() == CacheMode.FULL && !submounts && !revocations.revokedSince(x.since(), dir)
                ? LONG_SECONDS
                : 0;
    }

    void openWindow(Exchange x) {
        x.openWindow(revocations.now());
    }

    /** Puts an entry reply at the start of the body; opens the window. @return body length */
    int entry(Exchange x, long dir, byte[] name, Attributes attributes) {
        long ino = attributes.ino();
        inodes.add(ino, 1);
        x.givesLookup(ino);
        openWindow(x);
        long nameSeconds = nameSeconds(x, dir);
        if (nameSeconds != 0) {
            names.add(dir, name);
        }
        return x.reply().entry(0, NodeId.of(ino), nameSeconds, attributeSeconds(x, ino), attributes);
    }

    /** Puts an attribute reply into the body; opens the window. @return body length */
    int attributes(Exchange x, Attributes attributes) {
        openWindow(x);
        return x.reply().attrOut(attributeSeconds(x, attributes.ino()), attributes);
    }

    /** The kernel gives lookups back, or never got them. */
    void forget(long ino, long lookups) {
        if (ino == Vfs.ROOT_INO) {
            return;
        }
        long flags = inodes.subtract(ino, lookups);
        if (flags > 0 && (flags & KernelInodes.NAMES) != 0) {
            names.take(ino);
        }
        vfs.forget(ino, lookups);
    }

    /** Ends an open file. */
    void release(Handle handle) {
        if (handle.mappable != null) {
            mappable.released(handle.mappable);
        }
        if (handle.directory) {
            listings.closed(handle);
        }
        var other = handle.otherAppend();
        if (other != null) {
            vfs.release(other);
        }
        vfs.release(handle.file);
    }

    /** Gives back everything the kernel still had when it went away. */
    void releaseEverything() {
        handles.drain(this::release);
        inodes.takeAll(0, -1, 0, (ino, count, flags) -> {
            if (ino != Vfs.ROOT_INO) {
                forget(ino, count);
            }
        });
    }
}
