package org.scoutfs.server;

import java.util.concurrent.locks.ReentrantLock;
import org.scoutfs.error.FsException;

/**
 * Takes back everything that a mount owned which said farewell or was fenced (spec 2 section 9.7, spec 3 section 11.3).
 *
 * <p>Every step does nothing when there is nothing to do, and the mounted-client item goes last: after a crash in between, the next
 * server fences the mount again and repeats (race R65). One mount at a time, so that farewell and fencing of one mount do not meet. An
 * error stops the server.
 */
final class Reclaim {
    private static final System.Logger LOG = System.getLogger(Reclaim.class.getName());

    private final ServerChanges changes;
    private final LockServer locks;
    private final OpenInodeMap openInodes;
    private final LogTreesService logTrees;
    private final SrchService srch;
    private final LogMergeService logMerge;
    private final MountedClients mounted;
    /** Before the commit hold and all locks of services. */
    private final ReentrantLock reclaiming = new ReentrantLock();

    Reclaim(
            ServerContext context,
            LockServer locks,
            OpenInodeMap openInodes,
            LogTreesService logTrees,
            SrchService srch,
            LogMergeService logMerge,
            MountedClients mounted) {
        this.changes = context.changes();
        this.locks = locks;
        this.openInodes = openInodes;
        this.logTrees = logTrees;
        this.srch = srch;
        this.logMerge = logMerge;
        this.mounted = mounted;
    }

    /** Reclaims a mount; stable on return. The mount writes nothing any more. */
    void reclaim(long rid) throws FsException {
        reclaiming.lock();
        try {
            LOG.log(System.Logger.Level.INFO, "reclaiming mount {0}", Long.toHexString(rid));
            locks.remove(rid);
            boolean done;
            do {
                done = changes.commit(() -> step(rid));
            } while (!done);
            // Only now: what it had in use may go once nothing of it is left.
            openInodes.remove(rid);
            mounted.gone(rid);
        } finally {
            reclaiming.unlock();
        }
    }

    /** Forgets a mount that has been reclaimed and has connected again since, to ask whether it may go. */
    void forget(long rid) throws FsException {
        reclaiming.lock();
        try {
            locks.remove(rid);
            openInodes.remove(rid);
            mounted.gone(rid);
        } finally {
            reclaiming.unlock();
        }
    }

    private boolean step(long rid) throws FsException {
        if (!logTrees.reclaim(rid)) {
            return false;
        }
        srch.cancel(rid);
        logMerge.cancel(rid);
        mounted.forget(rid);
        return true;
    }
}
