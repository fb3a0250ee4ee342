package org.scoutfs.format.wire;

import org.jspecify.annotations.Nullable;

/** What a cluster lock allows its holder, spec 3 sections 5.6 and 8.1. */
public enum LockMode {
    /** A lock without rights. */
    NULL(0),
    /** Read items. */
    READ(1),
    /** Read, create, change and delete items. */
    WRITE(2),
    /** Create, overwrite and delete items blindly, never read. */
    WRITE_ONLY(3);

    private static final LockMode[] BY_NUMBER = values();

    private final int number;

    LockMode(int number) {
        this.number = number;
    }

    /** The mode of a value on the wire, null if there is none. */
    public static @Nullable LockMode of(int number) {
        return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    }

    /** The value on the wire, 0..3. */
    public int number() {
        return number;
    }

    /** READ and WRITE. */
    public boolean canRead() {
        return this == READ || this == WRITE;
    }

    /** WRITE and WRITE_ONLY. */
    public boolean canWrite() {
        return this == WRITE || this == WRITE_ONLY;
    }
}
