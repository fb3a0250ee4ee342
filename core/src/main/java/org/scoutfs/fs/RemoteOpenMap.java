package org.scoutfs.fs;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.locks.ReentrantLock;
import org.scoutfs.error.FsException;
import org.scoutfs.host.BlockingAware;
import org.scoutfs.lock.ClusterLock;

/**
 * Which inodes of one lock group other mounts use, asked for once per WRITE grant of the group's lock (spec 4 section 3.3). While the
 * lock is held in WRITE nobody can begin to use an inode of the group, so the map can only be too full. A map of an earlier grant
 * is worth nothing (race R99). Attached to the lock.
 */
final class RemoteOpenMap {
    /** Held while the server is asked. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private long writeSeq;

    @GuardedBy("lock")
    private long[] bits = new long[0];

    private RemoteOpenMap() {}

    /** Whether another mount uses {@code ino}. The caller holds {@code group} in WRITE. */
    static boolean contains(FsContext fs, ClusterLock group, long ino) throws FsException {
        return of(group).isSet(fs, group, ino);
    }

    private static RemoteOpenMap of(ClusterLock group) {
        if (group.attachment() instanceof RemoteOpenMap map) {
            return map;
        }
        // two threads may each make one: then the map is asked for twice
        RemoteOpenMap map = new RemoteOpenMap();
        group.setAttachment(map);
        return map;
    }

    /**
     * One request at a time; those who come meanwhile wait for its answer. Users that an older answer of the same grant names may have
     * left: it is asked again before it keeps an inode alive.
     */
    private boolean isSet(FsContext fs, ClusterLock group, long ino) throws FsException {
        if (!lock.tryLock()) {
            BlockingAware.beforeBlocking();
            lock.lock();
        }
        try {
            boolean known = bits.length != 0 && writeSeq == group.writeSeq();
            if (known && !isSet(ino)) {
                return false;
            }
            long grant = group.writeSeq();
            BlockingAware.beforeBlocking();
            bits = fs.cluster().openInodeMap(ino >>> 10);
            writeSeq = grant;
            return isSet(ino);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private boolean isSet(long ino) {
        int bit = (int) (ino & 1023);
        return (bits[bit >> 6] & 1L << bit) != 0;
    }
}
