package org.scoutfs.lock;

import org.jspecify.annotations.Nullable;

/**
 * What a cluster lock allows its holder, spec 3 section 8.1. The ordinal is the value on the wire.
 */
public enum LockMode {
    /** No rights: a lock object that waits for a grant or lost one. */
    NULL,
    /** Items may be read; shared with other readers. */
    READ,
    /** Items may be read and changed; exclusive. A user of {@link #READ} is satisfied too. */
    WRITE,
    /** Items may be created, overwritten and deleted blindly, never read; shared with other blind writers. */
    WRITE_ONLY;

    private static final LockMode[] VALUES = values();

    /** The mode of a wire value; null if there is none. */
    static @Nullable LockMode ofWire(int value) {
        return value >= 0 && value < VALUES.length ? VALUES[value] : null;
    }

    static LockMode of(int ordinal) {
        return VALUES[ordinal];
    }

    /** Whether items under a lock of this mode may be read and cached. */
    public boolean canRead() {
        return this == READ || this == WRITE;
    }

    /** Whether items under a lock of this mode may be changed. */
    public boolean canWrite() {
        return this == WRITE || this == WRITE_ONLY;
    }

    /** Whether a lock granted in this mode serves a user who asks for {@code wanted}. */
    public boolean satisfies(LockMode wanted) {
        return this == wanted || (this == WRITE && wanted == READ);
    }
}
