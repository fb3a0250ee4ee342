package org.scoutfs.item;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;

/** The fs tree and all log trees read as one, spec 2 section 6. */
public final class Forest {
    /**
     * The least committed key at or after {@code key}, deletions included, read without locks: a hint where to look, null if there
     * is none. The caller locks the place and looks properly.
     */
    public @Nullable Key nextHint(Key key) throws FsException {
        throw new UnsupportedOperationException();
    }
}
