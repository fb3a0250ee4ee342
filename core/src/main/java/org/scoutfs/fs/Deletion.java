package org.scoutfs.fs;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Keys;
import org.scoutfs.item.ItemCache;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;
import org.scoutfs.lock.LockRange;

/**
 * Removes inodes that have no links and no users in the whole cluster (spec 4 section 3). May be repeated at any point: the orphan
 * item goes last, together with the inode item.
 *
 * <p>The end of a use and the orphan scan may want to delete the same inode: the number is entered in {@link #trying} first, and only
 * who entered it takes it out (race R98). A user that comes while the deletion begins either is seen by it, or finds the inode
 * {@link Inode#dying}: each side makes its own mark before it looks for the other's.
 */
final class Deletion implements InodeTable.UnusedOrphan {
    private static final System.Logger LOG = System.getLogger("org.scoutfs.fs");
    private static final int DEFERRED_MAX = 1 << 16;

    enum Outcome {
        /** It does not exist any more. */
        DONE,
        /** It has links or users; the orphan scan must come back. */
        LATER,
        /** As {@link #LATER}: somebody on this mount uses it and will try when that ends. Not seen outside. */
        IN_USE
    }

    private final FsContext fs;
    private final ItemCache items;
    private final FileContents contents;
    private final ExtendedAttributes xattrs;
    private final SymlinkTargets symlinks;
    private final ConcurrentHashMap.KeySetView<Long, Boolean> trying = ConcurrentHashMap.newKeySet();
    private final Counter deleted;

    @GuardedBy("deferred")
    private final ArrayDeque<Long> deferred = new ArrayDeque<>();

    @GuardedBy("deferred")
    private @Nullable Thread worker;

    private volatile boolean stopped;

    Deletion(FsContext fs, FileContents contents, ExtendedAttributes xattrs, SymlinkTargets symlinks) {
        this.fs = fs;
        this.items = fs.items();
        this.contents = contents;
        this.xattrs = xattrs;
        this.symlinks = symlinks;
        this.deleted = fs.counters().get("inode_evict_deleted");
    }

    /**
     * At once if the inode's group lock is there, else later: the calling thread may be the one that takes back what the kernel gives up, and the
     * revocation of that very lock waits for it to go on.
     */
    @Override
    public void lastUseEnded(long ino) {
        ClusterLock group;
        try {
            group = fs.locks().tryLockInode(ino, LockMode.WRITE);
        } catch (FsException e) {
            return;
        }
        if (group == null) {
            lastUseEndedDeferred(ino);
            return;
        }
        try {
            delete(ino);
        } finally {
            group.unlock(LockMode.WRITE);
        }
    }

    private void delete(long ino) {
        if (stopped || fs.options().readOnly()) {
            return;
        }
        try {
            tryDelete(ino);
        } catch (FsException e) {
            // the orphan scan comes back to it; only what cannot be deserves a line
            if (e instanceof CorruptionException) {
                LOG.log(System.Logger.Level.ERROR, "inode {0} cannot be deleted: {1}", ino, e.getMessage());
            }
        }
    }

    /** The queue is bounded: what does not fit is left to the orphan scan. */
    @Override
    public void lastUseEndedDeferred(long ino) {
        synchronized (deferred) {
            if (stopped || deferred.size() >= DEFERRED_MAX) {
                return;
            }
            deferred.add(ino);
            if (worker == null) {
                worker = fs.host().threads().virtual("inode deletion", this::deleteDeferred);
            }
        }
    }

    private void deleteDeferred() {
        while (true) {
            Long ino;
            synchronized (deferred) {
                ino = deferred.poll();
                if (ino == null) {
                    worker = null;
                    return;
                }
            }
            delete(ino);
        }
    }

    /** What was put off is done now; from then on nothing is deleted when a use ends. Returns when what was begun is finished. */
    void stop() {
        while (true) {
            Long ino;
            synchronized (deferred) {
                ino = deferred.poll();
                stopped = ino == null;
            }
            if (ino == null) {
                break;
            }
            delete(ino);
        }
        Thread running;
        synchronized (deferred) {
            running = worker;
        }
        if (running != null) {
            boolean interrupted = false;
            while (true) {
                try {
                    running.join();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Deletes {@code ino} if it is an unused orphan. No lock but that of its group, no mutex and no hold may be held. */
    Outcome tryDelete(long ino) throws FsException {
        while (trying.add(ino)) {
            Inode inode = fs.inodes().pin(ino);
            boolean unusedNow;
            Outcome outcome = Outcome.LATER;
            try {
                outcome = tryDelete(inode);
            } finally {
                inode.dying = false;
                // before the pin goes: whoever finds itself the last user from then on must be able to try
                trying.remove(ino);
                unusedNow = fs.inodes().unpinDeleted(inode);
            }
            if (outcome != Outcome.IN_USE) {
                return outcome;
            }
            if (!unusedNow) {
                return Outcome.LATER;
            }
            // the user in the way has left, but did not find itself the last one because of our pin: try again
        }
        return Outcome.LATER;
    }

    private Outcome tryDelete(Inode inode) throws FsException {
        if (fs.inodes().usedByOthers(inode)) {
            return Outcome.IN_USE;
        }
        try (Modification m = new Modification(fs)) {
            try {
                m.lock(inode);
            } catch (FsException e) {
                if (e.errno() == Errno.ENOENT) {
                    return Outcome.DONE;
                }
                throw e;
            }
            InodeItem item = inode.item();
            if (item.nlink() > 0) {
                return Outcome.LATER;
            }
            ClusterLock group = m.group(inode);
            if (RemoteOpenMap.contains(fs, group, inode.ino())) {
                return Outcome.LATER;
            }
            inode.dying = true;
            if (fs.inodes().usedByOthers(inode)) {
                return Outcome.IN_USE;
            }
            ClusterLock orphans = m.lockZone(LockRange.orphans());
            if (Modes.isRegular(item.mode())) {
                contents.dropPages(inode);
                contents.removeAll(m, inode);
            }
            xattrs.deleteAll(inode.ino(), group);
            m.expectDelete(inode);
            m.hold(false);
            if (Modes.isSymlink(item.mode())) {
                symlinks.delete(inode.ino(), item, group);
            }
            items.dirty(inode.key(), group);
            items.deleteForce(Keys.orphan(inode.ino()), orphans, group);
            m.delete(inode);
            deleted.increment();
            return Outcome.DONE;
        }
    }
}
