package org.scoutfs.fs;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.Types;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.format.Zones;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;

/**
 * Lists inodes by the seq of their latest change (spec 4 section 4.3), so that whoever follows the volume need not walk its tree.
 *
 * <p>Nothing is listed beyond the last stable seq, at and below which no transaction of any mount is open. It is asked for before the
 * first lock: then whatever the locks make other mounts commit lies above it, and nothing with a smaller seq can appear after a
 * greater one was listed. So a reader may remember the greatest seq it was shown and go on from there.
 */
public final class InodeIndex {
    private static final int FIRST_ENTRIES = 1024;
    /** Entries copied under one use of an index lock, so that those who wait to change inodes get their turn. */
    private static final int ENTRIES_PER_LOCK = 8192;

    private static final long GROUP_LAST = VolumeLayout.LOCK_GROUP_SIZE - 1L;

    private final FsContext fs;

    /** Which changes. */
    public enum Kind {
        /** Any change; all inodes. */
        META(Types.META_SEQ),
        /** Changes of contents; regular files. */
        DATA(Types.DATA_SEQ);

        private final int type;

        Kind(int type) {
            this.type = type;
        }
    }

    /** What a walk has found so far, in (seq, ino) order. */
    public static final class Entries {
        private final int limit;
        private long[] seqs;
        private long[] inos;
        private int count;

        private Entries(int limit) {
            this.limit = limit;
            this.seqs = new long[Math.min(limit, FIRST_ENTRIES)];
            this.inos = new long[seqs.length];
        }

        private boolean isFull() {
            return count == limit;
        }

        private int room() {
            if (count == seqs.length) {
                int length = (int) Math.min(limit, seqs.length * 2L);
                seqs = Arrays.copyOf(seqs, length);
                inos = Arrays.copyOf(inos, length);
            }
            return seqs.length - count;
        }

        public long[] seqs() {
            return Arrays.copyOf(seqs, count);
        }

        public long[] inos() {
            return Arrays.copyOf(inos, count);
        }
    }

    InodeIndex(FsContext fs) {
        this.fs = fs;
    }

    /**
     * Entries from ({@code firstSeq}, {@code firstIno}) to ({@code lastSeq}, {@code lastIno}), at most {@code limit}. Takes index locks,
     * which makes mounts that change inodes commit. An error ends the list once it has entries.
     */
    public Entries walk(Kind kind, long firstSeq, long firstIno, long lastSeq, long lastIno, int limit)
            throws FsException {
        if (limit < 0) {
            throw new FsException(Errno.EINVAL);
        }
        Entries entries = new Entries(limit);
        if (limit == 0) {
            return entries;
        }
        long stable = fs.cluster().lastStableSeq();
        Key last = Long.compareUnsigned(stable, lastSeq) < 0
                ? Keys.inodeIndex(kind.type, stable, -1L)
                : Keys.inodeIndex(kind.type, lastSeq, lastIno);
        Key at = Keys.inodeIndex(kind.type, firstSeq, firstIno);
        try {
            while (at != null && at.compareTo(last) <= 0 && !entries.isFull()) {
                at = walkGroup(kind, at, last, entries);
            }
        } catch (FsException e) {
            if (entries.count == 0) {
                throw e;
            }
        }
        return entries;
    }

    /** Copies from one group of seqs what may be copied under one use of its lock; returns where to go on, null if there is no more. */
    private @Nullable Key walkGroup(Kind kind, Key from, Key last, Entries entries) throws FsException {
        long seq = from.second();
        Key at = from;
        ClusterLock lock = fs.locks().lockIndex(kind.type, seq, LockMode.READ);
        try {
            int copied = 0;
            while (at != null && copied < ENTRIES_PER_LOCK && !entries.isFull()) {
                int room = entries.room();
                int found = fs.items().copyKeys(at, last, lock, entries.seqs, entries.inos, entries.count, room);
                entries.count += found;
                copied += found;
                at = found < room ? null : after(kind, entries);
            }
        } finally {
            lock.unlock(LockMode.READ);
        }
        if (at != null) {
            return at;
        }
        long nextSeq = (seq | GROUP_LAST) + 1;
        if (nextSeq == 0 || Long.compareUnsigned(nextSeq, last.second()) > 0) {
            return null;
        }
        return committed(Keys.inodeIndex(kind.type, nextSeq, 0));
    }

    private static @Nullable Key after(Kind kind, Entries entries) {
        long seq = entries.seqs[entries.count - 1];
        long ino = entries.inos[entries.count - 1] + 1;
        if (ino != 0) {
            return Keys.inodeIndex(kind.type, seq, ino);
        }
        return seq == -1L ? null : Keys.inodeIndex(kind.type, seq + 1, 0);
    }

    /** The next entry that is committed, or was deleted: all up to the stable seq are. Null if there is none. */
    private @Nullable Key committed(Key from) throws FsException {
        Key found = fs.cluster().nextCommittedKey(from);
        return found == null || found.zone() != Zones.INODE_INDEX || found.type() != from.type() ? null : found;
    }
}
