package org.scoutfs.device;

/** What an opener may do. */
public enum Access {
    READ_ONLY,
    READ_WRITE
}
