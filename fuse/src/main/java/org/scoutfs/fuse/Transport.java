package org.scoutfs.fuse;

/** How requests come from the kernel (spec 6 sections 3.2 and 3.5). */
public enum Transport {
    /** {@link #IO_URING} where the kernel offers it and this process may use it, else {@link #DEVICE}. */
    AUTO,
    /** Reads and writes of {@code /dev/fuse}: any kernel. */
    DEVICE,
    /** A queue for each processor, so a request is served where its caller runs. Mounting fails where it is not to be had. */
    IO_URING
}
