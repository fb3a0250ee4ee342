package org.scoutfs.server;

import org.scoutfs.alloc.AllocatorList;
import org.scoutfs.alloc.ExtentMove;
import org.scoutfs.alloc.ExtentTree;
import org.scoutfs.error.FsException;
import org.scoutfs.format.LogTrees;

/**
 * Takes back what a log trees item owns (spec 2 section 9.2). The volume's lock is kept and the commit held.
 *
 * <p>Every method changes the builder to what is left also when it fails: the item is to be stored in either case, and was made dirty
 * before so that this cannot fail (races R49, R50).
 */
final class LogTreesDrain {
    /** A second move of extents in one hold is left to the next one if the first used this much. */
    private static final int FIRST_MOVE_LIMIT = 200;

    private final ServerVolume volume;
    private final SrchService srch;

    LogTreesDrain(ServerVolume volume, SrchService srch) {
        this.volume = volume;
        this.srch = srch;
    }

    /**
     * Everything: the srch file becomes an item of its own, block lists and data extents the server's.
     *
     * @return whether all is done; if not, go on in another commit
     */
    boolean all(LogTrees trees, LogTrees.Builder left) throws FsException {
        left.srchFile(srch.rotate(trees.srchFile(), true));
        takeFreedMeta(trees, left);
        AllocatorList avail = new AllocatorList(trees.metaAvail());
        try {
            volume.takeOver(avail);
        } finally {
            left.metaAvail(avail.head());
        }
        ServerCommit.Room before = volume.room();
        boolean done = takeDataAvail(trees, left);
        long used = before.avail() - volume.room().avail();
        if (!done || (used > FIRST_MOVE_LIMIT && trees.dataFreed().totalLen() != 0)) {
            return false;
        }
        return takeDataFreed(trees, left);
    }

    /** The metadata blocks that the mount has freed. */
    void takeFreedMeta(LogTrees trees, LogTrees.Builder left) throws FsException {
        AllocatorList freed = new AllocatorList(trees.metaFreed());
        try {
            volume.takeOver(freed);
        } finally {
            left.metaFreed(freed.head());
        }
    }

    /** Data extents that the mount has freed, as many as one move may; whether none are left. */
    boolean takeDataFreed(LogTrees trees, LogTrees.Builder left) throws FsException {
        ExtentTree freed = volume.dataExtents(trees.dataFreed());
        try {
            return volume.moveAll(freed, volume.dataAlloc()) == ExtentMove.Result.COMPLETE;
        } finally {
            left.dataFreed(freed.root());
        }
    }

    private boolean takeDataAvail(LogTrees trees, LogTrees.Builder left) throws FsException {
        ExtentTree avail = volume.dataExtents(trees.dataAvail());
        try {
            return volume.moveAll(avail, volume.dataAlloc()) == ExtentMove.Result.COMPLETE;
        } finally {
            left.dataAvail(avail.root());
        }
    }
}
