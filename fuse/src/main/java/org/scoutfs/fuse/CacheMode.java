package org.scoutfs.fuse;

/** What the kernel may keep (spec 6 section 6.6). */
public enum CacheMode {
    /** Nothing but pages of mapped files: no notifications, coherent without help, a request for every access. */
    NONE,
    /** Attributes and pages; every path component is looked up each time. */
    ATTRIBUTES,
    /** Names too. */
    FULL
}
