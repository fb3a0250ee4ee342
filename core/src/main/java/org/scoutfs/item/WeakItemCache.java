package org.scoutfs.item;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;

/**
 * Committed totals and xattr index entries for readers that need no lock, up to ten seconds old, spec 2 section 8. Only zones
 * {@code XATTR_TOTL} and {@code XATTR_INDX}.
 */
public final class WeakItemCache {
    /** The value of one item, or null. Totals are resolved over running merges. */
    public byte @Nullable [] lookup(Key key) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Receives items in key order; false ends the iteration. */
    @FunctionalInterface
    public interface Visitor {
        boolean item(Key key, byte[] value) throws FsException;
    }

    /**
     * Visits the items of {@code key..last}, all from one set of roots ("stable iteration"); {@code last} is in the same zone.
     *
     * @throws FsException ESTALE if the roots changed on the way: start over
     */
    public void forEachStable(Key key, Key last, Visitor visitor) throws FsException {
        throw new UnsupportedOperationException();
    }

    /** Visits the items of {@code key..last}; parts may be of different age. */
    public void forEach(Key key, Key last, Visitor visitor) throws FsException {
        throw new UnsupportedOperationException();
    }
}
