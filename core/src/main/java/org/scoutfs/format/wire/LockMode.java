package org.scoutfs.format.wire;

import org.jspecify.annotations.Nullable;

/** What a cluster lock allows its holder, spec 3 sections 5.6 and 8.1. The ordinal is the value on the wire. */
public enum LockMode {
    /** A lock without rights. */
    NULL,
    /** Read items. */
    READ,
    /** Read, create, change and delete items. */
    WRITE,
    /** Create, overwrite and delete items blindly, never read. */
    WRITE_ONLY;

    private static final LockMode[] BY_NUMBER = values();

    /** The mode of a value on the wire, null if there is none. */
    public static @Nullable LockMode of(int number) {
        return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    }

    /** The value on the wire, 0..3. */
    public int number() {
        return ordinal();
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
