package org.scoutfs.lock;

/**
 * Mode and users of a lock in one word.
 *
 * <pre>
 * bits  0..19 users of READ
 * bits 20..39 users of WRITE
 * bits 40..59 users of WRITE_ONLY
 * bits 60..61 mode
 * bit  62     ATTENTION  somebody waits for a change: new users and leaving ones go through the monitor
 * bit  63     DEAD       not in the client's table any more, never granted again
 * </pre>
 */
final class LockWord {
    static final long UNUSED_NULL = 0;
    static final long ATTENTION = 1L << 62;
    static final long DEAD = 1L << 63;

    private static final int USERS_BITS = 20;
    private static final long READERS = (1L << USERS_BITS) - 1;
    private static final long ALL_USERS = (1L << (3 * USERS_BITS)) - 1;
    private static final int MODE_SHIFT = 3 * USERS_BITS;
    private static final long MODE = 3L << MODE_SHIFT;

    private LockWord() {}

    static LockMode mode(long word) {
        return LockMode.of((int) (word >>> MODE_SHIFT) & 3);
    }

    static long withMode(long word, LockMode mode) {
        return (word & ~MODE) | ((long) mode.number() << MODE_SHIFT);
    }

    /** What one user of a mode adds to the word. */
    static long user(LockMode mode) {
        return 1L << shift(mode);
    }

    static long users(long word, LockMode mode) {
        return (word >>> shift(mode)) & READERS;
    }

    static boolean isUsed(long word) {
        return (word & ALL_USERS) != 0;
    }

    /** Whether there are users of WRITE or WRITE_ONLY. */
    static boolean isUsedByWriters(long word) {
        return (word & ALL_USERS & ~READERS) != 0;
    }

    static boolean needsAttention(long word) {
        return (word & ATTENTION) != 0;
    }

    static boolean isDead(long word) {
        return (word & DEAD) != 0;
    }

    static String toString(long word) {
        return mode(word) + " users " + users(word, LockMode.READ) + "," + users(word, LockMode.WRITE) + ","
                + users(word, LockMode.WRITE_ONLY) + (isDead(word) ? " dead" : "");
    }

    private static int shift(LockMode mode) {
        return switch (mode) {
            case READ -> 0;
            case WRITE -> USERS_BITS;
            case WRITE_ONLY -> 2 * USERS_BITS;
            case NULL -> throw new IllegalArgumentException("nobody uses a lock in mode NULL");
        };
    }
}
