package org.scoutfs.fs.xattr;

import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Hashes;
import org.scoutfs.format.IndxName;
import org.scoutfs.format.NumberText;
import org.scoutfs.format.TotlName;
import org.scoutfs.format.TotlValue;
import org.scoutfs.format.XattrTags;
import org.scoutfs.fs.FsContext;
import org.scoutfs.item.ItemCache;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockRange;

/**
 * What the tags of one attribute name entail outside of the inode: totals, the index, the search log (spec 4 section 9.3).
 *
 * <p>{@link #apply} runs under a hold and the zone's lock in WRITE_ONLY; it can be taken back by applying the opposite.
 */
final class TagEffects {
    private static final byte[] NO_VALUE = new byte[0];

    private final FsContext fs;
    private final byte[] name;
    private final XattrTags tags;
    private final @Nullable TotlName totl;
    private final @Nullable IndxName indx;

    private TagEffects(FsContext fs, byte[] name, XattrTags tags, @Nullable TotlName totl, @Nullable IndxName indx) {
        this.fs = fs;
        this.name = name;
        this.tags = tags;
        this.totl = totl;
        this.indx = indx;
    }

    /** @throws FsException EINVAL for a name whose tags or numbers are not valid, EOPNOTSUPP for indx in format version 1 */
    static TagEffects of(FsContext fs, byte[] name) throws FsException {
        XattrTags tags = XattrTags.parse(name).orElseThrow(() -> new FsException(Errno.EINVAL));
        if (tags.isConflicting()) {
            throw new FsException(Errno.EINVAL);
        }
        TotlName totl = null;
        IndxName indx = null;
        if (tags.totl()) {
            totl = TotlName.parse(name).orElseThrow(() -> new FsException(Errno.EINVAL));
        }
        if (tags.indx()) {
            if (fs.options().formatVersion() < 2) {
                throw new FsException(Errno.EOPNOTSUPP);
            }
            indx = IndxName.parse(name).orElseThrow(() -> new FsException(Errno.EINVAL));
        }
        return new TagEffects(fs, name, tags, totl, indx);
    }

    XattrTags tags() {
        return tags;
    }

    /** The lock that {@link #apply} needs, or null. */
    @Nullable
    LockRange zone() {
        if (totl != null) {
            return LockRange.totl();
        }
        return indx != null ? LockRange.indx() : null;
    }

    /** EINVAL unless the value, if any, is what the tags allow: a number for totl, nothing for indx. */
    void checkValue(byte @Nullable [] value) throws FsException {
        if (value == null) {
            return;
        }
        if (totl != null) {
            number(value);
        }
        if (indx != null && value.length > 0) {
            throw new FsException(Errno.EINVAL);
        }
    }

    private static long number(byte[] value) throws FsException {
        OptionalLong number = NumberText.parse(value);
        if (number.isEmpty()) {
            throw new FsException(Errno.EINVAL);
        }
        return number.getAsLong();
    }

    /**
     * The attribute with this id goes from {@code before} to {@code after}, null meaning absent. Nothing remains on failure.
     *
     * @param zone lock of {@link #zone()}
     * @param primary the inode's group lock
     */
    void apply(
            long ino,
            long id,
            byte @Nullable [] before,
            byte @Nullable [] after,
            @Nullable ClusterLock zone,
            ClusterLock primary)
            throws FsException {
        boolean appears = before == null && after != null;
        boolean disappears = before != null && after == null;
        boolean logged = tags.srch() && (appears || disappears);
        if (logged) {
            fs.transactions().logTree().appendSrch(Hashes.srchHash(name), ino, id);
        }
        boolean done = false;
        try {
            if (zone != null) {
                applyZone(ino, id, before, after, zone, primary);
            }
            done = true;
        } finally {
            if (!done && logged) {
                fs.transactions().logTree().appendSrch(Hashes.srchHash(name), ino, id);
            }
        }
    }

    private void applyZone(
            long ino, long id, byte @Nullable [] before, byte @Nullable [] after, ClusterLock zone, ClusterLock primary)
            throws FsException {
        ItemCache items = fs.items();
        if (totl != null) {
            TotlValue change = contribution(after).plus(negated(contribution(before)));
            if (!change.isZero()) {
                byte[] delta = new byte[TotlValue.SIZE];
                change.write(MemorySegment.ofArray(delta), 0);
                items.delta(totl.key(), delta, zone);
            }
        }
        if (indx != null && before == null && after != null) {
            items.createForce(indx.key(ino, id), NO_VALUE, zone, primary);
        } else if (indx != null && before != null && after == null) {
            items.deleteForce(indx.key(ino, id), zone, primary);
        }
    }

    private static TotlValue contribution(byte @Nullable [] value) throws FsException {
        return value == null ? TotlValue.ZERO : new TotlValue(number(value), 1);
    }

    private static TotlValue negated(TotlValue value) {
        return new TotlValue(-value.total(), -value.count());
    }
}
