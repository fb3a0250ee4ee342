package org.scoutfs.lock;

import org.jspecify.annotations.Nullable;

/** What a cluster lock allows its holder, spec 3 section 8.1. The constants stand in the order of their values on the wire. */
public enum LockMode {
    /** No rights: a lock object that waits for a grant or lost one. */
    NULL(0),
    /** Items may be read; shared with other readers. */
    READ(1),
    /** Items may be read and changed; exclusive. A user of {@link #READ} is satisfied too. */
    WRITE(2),
    /** Items may be created, overwritten and deleted blindly, never read; shared with other blind writers. */
    WRITE_ONLY(3);

    private static final LockMode[] VALUES = values();

    private final int number;

    LockMode(int number) {
        this.number = number;
    }

    /** The value on the wire, 0..3. */
    public int number() {
        return number;
    }

    /** The mode of a wire value; null if there is none. */
    static @Nullable LockMode ofWire(int value) {
        return value >= 0 && value < VALUES.length ? VALUES[value] : null;
    }

    /** The mode of a number that is one, 0..3. */
    static LockMode of(int number) {
        return VALUES[number];
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
