package org.scoutfs.device;

/** Whether transfers pass by the kernel's page cache. */
public enum Caching {
    /** {@code O_DIRECT} where the file system can, buffered otherwise: {@link FileDevice#direct()} tells. For everything shared. */
    DIRECT,
    /** Through the page cache. Stale if another host writes the device. */
    BUFFERED
}
