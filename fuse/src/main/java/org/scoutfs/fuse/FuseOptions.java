package org.scoutfs.fuse;

import java.util.function.Consumer;

/**
 * How to mount.
 *
 * @param source shown as the device: the path of the data device
 * @param blockDevice true if {@code source} is a block device: the mount is {@code fuseblk}, umount waits, sync arrives (spec 6 section 3.1)
 * @param cacheMode what the kernel may keep
 * @param acl the kernel applies POSIX ACLs; false: they are never enforced
 * @param mountFlags MS_ flags of mount(2): MS_RDONLY 1, MS_NOSUID 2, MS_NODEV 4, MS_NOEXEC 8, MS_NOATIME 1024, ...
 * @param allowOther other users than the one who mounts may look inside
 * @param viaHelper mount with fusermount3 even as root; always so for others
 * @param maxWriteBytes largest READ and WRITE, a multiple of 4096; the sysctl fs.fuse.max_pages_limit caps it
 * @param readers threads that read requests, 0 = by number of processors
 * @param maxReaders limit with those that stand in for waiting ones
 * @param maxBackground requests for readahead, asynchronous direct I/O and write-back that may be under way at once
 * @param readaheadKiB kernel readahead of this mount; 0 = leave the kernel's default
 * @param transport how requests come
 */
public record FuseOptions(
        String source,
        boolean blockDevice,
        CacheMode cacheMode,
        boolean acl,
        long mountFlags,
        boolean allowOther,
        boolean viaHelper,
        int maxWriteBytes,
        int readers,
        int maxReaders,
        int maxBackground,
        int readaheadKiB,
        Transport transport) {
    private static final int MAX_WRITE_BYTES = 4 << 20;

    public FuseOptions {
        if (maxWriteBytes < 4096 || maxWriteBytes > MAX_WRITE_BYTES || maxWriteBytes % 4096 != 0) {
            throw new IllegalArgumentException(
                    "maxWriteBytes " + maxWriteBytes + ": a multiple of 4096 up to " + MAX_WRITE_BYTES);
        }
        if (readers < 0 || readers > 64 || maxReaders < 2 || maxReaders < readers || maxReaders > 16384) {
            throw new IllegalArgumentException(readers + " readers, at most " + maxReaders);
        }
        if (maxBackground < 1 || maxBackground > 65535 || readaheadKiB < 0) {
            throw new IllegalArgumentException("maxBackground " + maxBackground + ", readaheadKiB " + readaheadKiB);
        }
    }

    /** Everything as a cluster mount wants it, on a plain (not block device) mount. */
    public static FuseOptions of(String source) {
        return new FuseOptions(
                source, false, CacheMode.FULL, true, 0, true, false, 1 << 20, 0, 1024, 256, 1024, Transport.AUTO);
    }

    public FuseOptions withBlockDevice(boolean value) {
        return with(change -> change.blockDevice = value);
    }

    public FuseOptions withCacheMode(CacheMode value) {
        return with(change -> change.cacheMode = value);
    }

    public FuseOptions withAcl(boolean value) {
        return with(change -> change.acl = value);
    }

    public FuseOptions withMountFlags(long value) {
        return with(change -> change.mountFlags = value);
    }

    public FuseOptions withAllowOther(boolean value) {
        return with(change -> change.allowOther = value);
    }

    public FuseOptions withHelper(boolean value) {
        return with(change -> change.viaHelper = value);
    }

    public FuseOptions withReaders(int count, int limit) {
        return with(change -> {
            change.readers = count;
            change.maxReaders = limit;
        });
    }

    public FuseOptions withTransfers(int newMaxWriteBytes, int newMaxBackground, int newReadaheadKiB) {
        return with(change -> {
            change.maxWriteBytes = newMaxWriteBytes;
            change.maxBackground = newMaxBackground;
            change.readaheadKiB = newReadaheadKiB;
        });
    }

    public FuseOptions withTransport(Transport value) {
        return with(change -> change.transport = value);
    }

    private FuseOptions with(Consumer<Change> step) {
        Change change = new Change(this);
        step.accept(change);
        return change.done();
    }

    /** All of it, changeable. */
    private static final class Change {
        private final String source;
        private boolean blockDevice;
        private CacheMode cacheMode;
        private boolean acl;
        private long mountFlags;
        private boolean allowOther;
        private boolean viaHelper;
        private int maxWriteBytes;
        private int readers;
        private int maxReaders;
        private int maxBackground;
        private int readaheadKiB;
        private Transport transport;

        Change(FuseOptions before) {
            source = before.source;
            blockDevice = before.blockDevice;
            cacheMode = before.cacheMode;
            acl = before.acl;
            mountFlags = before.mountFlags;
            allowOther = before.allowOther;
            viaHelper = before.viaHelper;
            maxWriteBytes = before.maxWriteBytes;
            readers = before.readers;
            maxReaders = before.maxReaders;
            maxBackground = before.maxBackground;
            readaheadKiB = before.readaheadKiB;
            transport = before.transport;
        }

        FuseOptions done() {
            return new FuseOptions(
                    source,
                    blockDevice,
                    cacheMode,
                    acl,
                    mountFlags,
                    allowOther,
                    viaHelper,
                    maxWriteBytes,
                    readers,
                    maxReaders,
                    maxBackground,
                    readaheadKiB,
                    transport);
        }
    }
}
