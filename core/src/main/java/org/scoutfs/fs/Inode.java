package org.scoutfs.fs;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.Timespec;
import org.scoutfs.item.ItemCache;
import org.scoutfs.lock.ClusterLock;

/**
 * One inode in memory: a cached copy of its item and the local locks of operations on it (spec 4 section 2.2).
 *
 * <p>The item is replaced as a whole and never changed in place, so a reader under the inode's cluster lock sees one consistent
 * state without a local lock: {@link #item} is valid between {@link #refresh} and the unlock of that cluster lock. Whoever changes
 * the inode holds {@link #mutex} and the cluster lock in write mode, makes a copy, and {@link #install}s it when the item is written.
 *
 * <p>Obtained from {@link InodeTable#pin} and given back there; a pinned inode is the only instance of its number.
 */
public final class Inode {
    /** Taken by operations that change the inode, in ascending inode number, under its group lock. */
    public final ReentrantLock mutex = new ReentrantLock();

    private final long ino;
    private final Key key;

    /** One reader at a time brings the item in, which may ask the server. */
    private final ReentrantLock loading = new ReentrantLock();

    /** Pins of running operations and open files; owned by {@link InodeTable}. */
    final AtomicInteger pins = new AtomicInteger();

    /** Set once by {@link InodeTable} when the slot is given up. */
    volatile boolean evicted;

    /** Its deletion has begun: whoever finds it without links has come too late. Set by {@link Deletion} under {@link #mutex}. */
    volatile boolean dying;

    /** Made without a name and may be given one. */
    volatile boolean linkable;

    /** Recently used, for the table's clock. */
    volatile boolean accessed;

    /**
     * What readers on this mount may see while a truncation removes extents before its item is published; else the greatest size. Set by the
     * truncation, under {@link #mutex}.
     */
    public volatile long readableBytes = Long.MAX_VALUE;

    private volatile @Nullable InodeItem item;

    /** {@link ClusterLock#refreshGeneration} under which {@link #item} was loaded; 0 = never. */
    private volatile long generation;

    /** atime kept in memory only, newer than the item's; null if none (spec 4 section 13.2). */
    private volatile @Nullable Timespec memoryAtime;

    Inode(long ino) {
        this.ino = ino;
        this.key = Keys.inode(ino);
    }

    public long ino() {
        return ino;
    }

    public Key key() {
        return key;
    }

    /**
     * Loads the item if it was not loaded under the present readable period of {@code lock}.
     *
     * @param lock this inode's group lock, held in READ or WRITE
     * @return the item
     * @throws FsException ENOENT if there is no such inode
     */
    public InodeItem refresh(ItemCache items, ClusterLock lock) throws FsException {
        InodeItem present = item;
        if (present != null && generation == lock.refreshGeneration()) {
            return present;
        }
        return load(items, lock);
    }

    private InodeItem load(ItemCache items, ClusterLock lock) throws FsException {
        loading.lock();
        try {
            return loadLocked(items, lock);
        } finally {
            loading.unlock();
        }
    }

    private InodeItem loadLocked(ItemCache items, ClusterLock lock) throws FsException {
        long current = lock.refreshGeneration();
        InodeItem present = item;
        if (present != null && generation == current) {
            return present;
        }
        byte[] value = items.lookup(key, lock);
        if (value == null) {
            throw new FsException(Errno.ENOENT);
        }
        if (!InodeItem.isSize(value.length)) {
            throw new CorruptionException("inode item " + key + " has " + value.length + " bytes, expected 160 or 168");
        }
        InodeItem loaded = InodeItem.read(java.lang.foreign.MemorySegment.ofArray(value), 0, value.length);
        item = loaded;
        memoryAtime = null;
        generation = current;
        return loaded;
    }

    /** The item of the last refresh. The caller holds the group lock it refreshed under. */
    public InodeItem item() {
        InodeItem present = item;
        if (present == null) {
            throw new IllegalStateException("inode " + ino + " used before it was refreshed");
        }
        return present;
    }

    /** The item as it was seen last, for what never changes; null if it never was. */
    public @Nullable InodeItem lastItem() {
        return item;
    }

    /** Publishes a changed copy that is in the item cache now. The caller holds the group lock in WRITE. */
    void install(InodeItem changed, ClusterLock lock) {
        item = changed;
        generation = lock.refreshGeneration();
        // folded into the item by copyForChange, unless somebody has set it explicitly
        memoryAtime = null;
    }

    /** Made by O_TMPFILE without O_EXCL on this mount: may be linked although it has no name. */
    public boolean isLinkable() {
        return linkable;
    }

    /** The group's lock was given up: nothing cached here may be used until the next refresh. */
    void uncover() {
        generation = 0;
    }

    /** Whether the cached item was loaded under {@code lock}'s present readable period. */
    boolean coveredBy(ClusterLock lock) {
        return generation != 0 && generation == lock.refreshGeneration();
    }

    boolean covered() {
        return generation != 0;
    }

    /** Remembers a read for relatime without dirtying anything. */
    public void touchAtime(Timespec now) {
        memoryAtime = now;
    }

    /** The access time to show: the item's, or a later one known in memory only. */
    public Timespec shownAtime(InodeItem of) {
        Timespec memory = memoryAtime;
        return memory != null && memory.compareTo(of.atime()) > 0 ? memory : of.atime();
    }

    /** A copy of the item to change, with what is known in memory only folded in. The caller holds {@link #mutex}. */
    public InodeItem copyForChange() {
        InodeItem copy = item().copy();
        copy.setAtime(shownAtime(copy));
        return copy;
    }

    public Attributes attributes() {
        InodeItem i = item();
        return new Attributes(
                ino,
                i.size(),
                (i.onlineBlocks() + i.offlineBlocks()) << 3,
                i.mode(),
                i.nlink(),
                i.uid(),
                i.gid(),
                i.rdev(),
                shownAtime(i),
                i.mtime(),
                i.ctime(),
                i.crtime(),
                i.metaSeq(),
                i.dataSeq(),
                i.dataVersion(),
                i.onlineBlocks(),
                i.offlineBlocks(),
                i.proj(),
                i.flags());
    }

    @Override
    public String toString() {
        return "inode " + ino;
    }
}
