package org.scoutfs.counter;

import java.util.Locale;
import org.scoutfs.error.CorruptionException;

/** Contradictions in sound metadata that have a name of their own (spec 5 section 8). Each is counted, and logged once for each mount. */
public enum Corruption {
    SC_BTREE_BLOCK_LEVEL,
    SC_BTREE_NO_CHILD_REF,
    SC_DIRENT_NAME_LEN,
    SC_DIRENT_BACKREF_NAME_LEN,
    SC_DIRENT_READDIR_NAME_LEN,
    SC_INODE_BLOCK_COUNTS,
    SC_SYMLINK_INODE_SIZE,
    SC_SYMLINK_MISSING_ITEM,
    SC_SYMLINK_NOT_NULL_TERM;

    private static final System.Logger LOG = System.getLogger("org.scoutfs.counter");

    /** {@code corrupt_btree_block_level}, ... */
    String counterName() {
        return "corrupt_" + name().substring("SC_".length()).toLowerCase(Locale.ROOT);
    }

    /**
     * Counts one, and logs it with the stack of the caller if it is the first of its kind.
     *
     * @param counters of the mount that found it
     * @param details which structure, what was found, what was expected
     * @return for the caller to throw
     */
    public CorruptionException found(Counters counters, String details) {
        CorruptionException failure = new CorruptionException(details);
        counters.get(counterName()).increment();
        if (counters.isFirst(this)) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "corruption (see scoutfs-corruption(5)): " + name() + ": " + details,
                    new Throwable("found here"));
        }
        return failure;
    }
}
