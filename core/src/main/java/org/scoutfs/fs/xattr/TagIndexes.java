package org.scoutfs.fs.xattr;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.IndxName;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.TotlName;
import org.scoutfs.format.TotlValue;
import org.scoutfs.fs.FsContext;
import org.scoutfs.fs.Modification;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;
import org.scoutfs.lock.LockRange;
import org.scoutfs.trans.Hold;

/**
 * Lists what the totl and indx tags of all inodes amount to (spec 4 sections 9.3 and 12): what is committed, as it was up to ten seconds
 * ago, without any lock. Each list is of one state of the volume.
 */
public final class TagIndexes {
    private final FsContext fs;

    /** A total and what it is the total of. */
    public record Total(TotlName name, TotlValue value) {}

    /** An inode that has an attribute of this index place. */
    public record IndexEntry(IndxName place, long ino) {}

    public TagIndexes(FsContext fs) {
        this.fs = fs;
    }

    /** At most {@code limit} totals from a name on, in order of their three numbers. */
    public List<Total> totals(TotlName from, int limit) throws FsException {
        Key last = Keys.totl(-1L, -1L, -1L);
        return fs.weakItems().collectStable(from.key(), last, () -> new ArrayList<Total>(), (totals, key, value) -> {
            TotlName name = new TotlName(key.first(), key.second(), key.third());
            totals.add(new Total(name, TotlValue.read(MemorySegment.ofArray(value), 0)));
            return totals.size() < limit;
        });
    }

    /** At most {@code limit} entries from one to another, each inode once per place, in order of place and inode. */
    public List<IndexEntry> index(IndexEntry first, IndexEntry last, int limit) throws FsException {
        Key from = first.place().key(first.ino(), 0);
        Key to = last.place().key(last.ino(), -1L);
        return fs.weakItems().collectStable(from, to, () -> new ArrayList<IndexEntry>(), (entries, key, value) -> {
            IndexEntry entry =
                    new IndexEntry(new IndxName(Keys.indxMajor(key), Keys.indxMinor(key)), Keys.indxIno(key));
            // an inode may have several attributes of one place
            if (entries.isEmpty() || !entries.getLast().equals(entry)) {
                entries.add(entry);
            }
            return entries.size() < limit;
        });
    }

    /** Adds to a total without an attribute; signed. */
    public void addToTotal(TotlName name, TotlValue change) throws FsException {
        Modification.checkWritable(fs);
        ClusterLock lock = fs.locks().lock(LockRange.totl(), LockMode.WRITE_ONLY);
        try (Hold _ = fs.transactions().hold(true)) {
            if (change.isZero()) {
                return;
            }
            byte[] delta = new byte[TotlValue.SIZE];
            change.write(MemorySegment.ofArray(delta), 0);
            fs.items().delta(name.key(), delta, lock);
        } finally {
            lock.unlock(LockMode.WRITE_ONLY);
        }
    }

    /** EINVAL if the first is behind the last. */
    public static void checkOrder(IndexEntry first, IndexEntry last) throws FsException {
        if (first.place().key(first.ino(), 0).compareTo(last.place().key(last.ino(), 0)) > 0) {
            throw new FsException(Errno.EINVAL);
        }
    }
}
