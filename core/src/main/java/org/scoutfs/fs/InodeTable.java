package org.scoutfs.fs;

import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The inodes of a mount in memory, and its part of the cluster's open map (spec 4 sections 2.2, 2.5).
 *
 * <p>An inode is <i>in use</i> while an operation or an open file pins it, or while callers above have lookups of it that they did
 * not give back. Inodes in use have their bit in the open map and may not be deleted by anybody. Unused ones stay cached up to a
 * limit as long as their cluster lock covers them and they have links; they have no bit, because whoever wants to delete them
 * takes that lock first.
 *
 * <p>A last reference must not be dropped while a cluster lock, a transaction hold or an inode mutex is held: it may delete the
 * inode (rule R81). {@link #unpinDeferred} is for places that cannot obey.
 */
public final class InodeTable {
    private static final int EVICTED = -1;

    /** Called after the last use of an inode without links ended, without any lock held. */
    public interface UnusedOrphan {
        /** Tries to delete the inode, on this thread if that needs no wait for its lock; failures are left to the orphan scan. */
        void lastUseEnded(long ino);

        /** As {@link #lastUseEnded}, later on another thread. */
        void lastUseEndedDeferred(long ino);
    }

    private final ConcurrentHashMap<Long, Inode> inodes = new ConcurrentHashMap<>();
    private final LookupCounts lookups = new LookupCounts();
    private final int limit;
    private final LongPredicate pinned = this::isPinned;
    private final AtomicBoolean evicting = new AtomicBoolean();

    /** {@link #limit}, or more while few of those beyond it can go. */
    private volatile int evictAbove;

    private volatile @Nullable UnusedOrphan orphans;

    /** @param limit inodes to keep, in use ones not limited */
    public InodeTable(int limit) {
        this.limit = limit;
        this.evictAbove = limit;
    }

    /** Set once, before the first inode is unlinked. */
    public void setUnusedOrphan(UnusedOrphan handler) {
        orphans = handler;
    }

    public LookupCounts lookups() {
        return lookups;
    }

    /** The only instance of this number, in use until {@link #unpin}. Its item may not be loaded. */
    public Inode pin(long ino) {
        while (true) {
            Inode inode = inodes.get(ino);
            boolean added = inode == null;
            if (inode == null) {
                inode = inodes.computeIfAbsent(ino, Inode::new);
            }
            if (tryPin(inode)) {
                if (!inode.accessed) {
                    inode.accessed = true;
                }
                if (added) {
                    // not before it is pinned, or it might be the one to go
                    evictSome();
                }
                return inode;
            }
            // the slot is being given up: its holder removes it from the map without waiting for anything
            inodes.remove(ino, inode);
        }
    }

    private static boolean tryPin(Inode inode) {
        while (true) {
            int pins = inode.pins.get();
            if (pins == EVICTED) {
                return false;
            }
            if (inode.pins.compareAndSet(pins, pins + 1)) {
                return true;
            }
        }
    }

    /** Ends one use. */
    public void unpin(Inode inode) {
        if (release(inode)) {
            UnusedOrphan handler = orphans;
            if (handler != null) {
                handler.lastUseEnded(inode.ino());
            }
        }
    }

    /** Ends one use from under locks: what the last use entails is done later by another thread. */
    public void unpinDeferred(Inode inode) {
        if (release(inode)) {
            UnusedOrphan handler = orphans;
            if (handler != null) {
                handler.lastUseEndedDeferred(inode.ino());
            }
        }
    }

    /**
     * Ends the use that the deletion of an inode had, without trying to delete it again.
     *
     * @return whether nobody uses it any more
     */
    boolean unpinDeleted(Inode inode) {
        int left = inode.pins.decrementAndGet();
        if (left == 0 && lookups.get(inode.ino()) == 0) {
            evict(inode);
            return true;
        }
        return false;
    }

    /** Whether anybody but the caller, who has pinned it once, uses the inode. */
    boolean usedByOthers(Inode inode) {
        return inode.pins.get() > 1 || lookups.get(inode.ino()) > 0;
    }

    /** Inodes {@code first..last} that are in memory, in use or not, without using them. */
    void forEachCached(long first, long last, Consumer<Inode> consumer) {
        if (inodes.size() < last - first) {
            for (Inode inode : inodes.values()) {
                if (inode.ino() - first >= 0 && last - inode.ino() >= 0) {
                    consumer.accept(inode);
                }
            }
            return;
        }
        for (long ino = first; ino - last <= 0; ino++) {
            Inode inode = inodes.get(ino);
            if (inode != null) {
                consumer.accept(inode);
            }
        }
    }

    /** Drops an inode that lost its cover if nobody uses it. Takes no lock: for invalidation. */
    void evictUncovered(Inode inode) {
        if (inode.pins.get() == 0 && lookups.get(inode.ino()) == 0) {
            evict(inode);
        }
    }

    /** Gives lookups back; the last one may delete an unlinked inode. */
    public void forget(long ino, long count) {
        if (lookups.subtract(ino, count) > 0) {
            return;
        }
        Inode inode = inodes.get(ino);
        if (inode != null && inode.pins.get() == 0 && becameUnused(inode)) {
            UnusedOrphan handler = orphans;
            if (handler != null) {
                handler.lastUseEnded(ino);
            }
        }
    }

    /**
     * The mount is being closed: gives back all lookups and all inodes that are not pinned. Those without links whose end of use was still
     * to come are deleted now, while there are locks, transactions and a server (race R104).
     */
    void endAllUses() {
        lookups.clear();
        UnusedOrphan handler = orphans;
        for (Inode inode : inodes.values()) {
            if (inode.pins.get() != 0) {
                continue;
            }
            if (handler != null && becameUnused(inode)) {
                handler.lastUseEnded(inode.ino());
            }
            evict(inode);
        }
    }

    /** @return true if an inode without links is now unused */
    private boolean release(Inode inode) {
        int left = inode.pins.decrementAndGet();
        if (left < 0) {
            throw new IllegalStateException(inode + " unpinned more often than pinned");
        }
        return left == 0 && lookups.get(inode.ino()) == 0 && becameUnused(inode);
    }

    private boolean becameUnused(Inode inode) {
        if (!inode.covered()) {
            evict(inode);
            return false;
        }
        // An unlinked one stays until its deletion was tried: what is cached of it belongs to this instance.
        return inode.item().nlink() == 0;
    }

    private boolean evict(Inode inode) {
        if (!inode.pins.compareAndSet(0, EVICTED)) {
            return false;
        }
        inodes.remove(inode.ino(), inode);
        return true;
    }

    /** Whether this mount uses the inode: its bit in the open map. */
    public boolean inUse(long ino) {
        return lookups.anyOr(ino, pinned);
    }

    private boolean isPinned(long ino) {
        Inode inode = inodes.get(ino);
        return inode != null && inode.pins.get() > 0;
    }

    /** The open map of group {@code ino >> 10}: 16 words, bit n of word n / 64 for ino group * 1024 + n. */
    public long[] openMap(long group) {
        long[] bits = new long[16];
        long first = group << 10;
        for (int n = 0; n < 1024; n++) {
            if (inUse(first + n)) {
                bits[n >> 6] |= 1L << n;
            }
        }
        return bits;
    }

    /** The cached instance without using it, or null. */
    public @Nullable Inode peek(long ino) {
        return inodes.get(ino);
    }

    /** Inodes in memory. */
    public int size() {
        return inodes.size();
    }

    /** Unused inodes beyond the limit go, those not used since the last round first. One thread at a time. */
    private void evictSome() {
        if (inodes.size() <= evictAbove || !evicting.compareAndSet(false, true)) {
            return;
        }
        try {
            int target = limit - limit / 16;
            for (int round = 0; round < 2 && inodes.size() > target; round++) {
                Iterator<Inode> all = inodes.values().iterator();
                while (all.hasNext() && inodes.size() > target) {
                    Inode inode = all.next();
                    if (inode.pins.get() != 0) {
                        continue;
                    }
                    if (inode.accessed) {
                        inode.accessed = false;
                    } else if (mayForget(inode)) {
                        evict(inode);
                    }
                }
            }
            // when most are in use, looking at all of them again for each new one would be in vain
            evictAbove = Math.max(limit, inodes.size() + limit / 16);
        } finally {
            evicting.set(false);
        }
    }

    /** An unlinked inode with lookups stays: the end of its use is noticed through it. */
    private boolean mayForget(Inode inode) {
        return !inode.covered() || inode.item().nlink() != 0 || lookups.get(inode.ino()) == 0;
    }
}
