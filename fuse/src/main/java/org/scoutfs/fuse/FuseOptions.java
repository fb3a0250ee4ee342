package org.scoutfs.fuse;

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
        return new FuseOptions(
                source,
                value,
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

    public FuseOptions withCacheMode(CacheMode value) {
        return new FuseOptions(
                source,
                blockDevice,
                value,
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

    public FuseOptions withAcl(boolean value) {
        return new FuseOptions(
                source,
                blockDevice,
                cacheMode,
                value,
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

    public FuseOptions withMountFlags(long value) {
        return new FuseOptions(
                source,
                blockDevice,
                cacheMode,
                acl,
                value,
                allowOther,
                viaHelper,
                maxWriteBytes,
                readers,
                maxReaders,
                maxBackground,
                readaheadKiB,
                transport);
    }

    public FuseOptions withAllowOther(boolean value) {
        return new FuseOptions(
                source,
                blockDevice,
                cacheMode,
                acl,
                mountFlags,
                value,
                viaHelper,
                maxWriteBytes,
                readers,
                maxReaders,
                maxBackground,
                readaheadKiB,
                transport);
    }

    public FuseOptions withHelper(boolean value) {
        return new FuseOptions(
                source,
                blockDevice,
                cacheMode,
                acl,
                mountFlags,
                allowOther,
                value,
                maxWriteBytes,
                readers,
                maxReaders,
                maxBackground,
                readaheadKiB,
                transport);
    }

    public FuseOptions withReaders(int count, int limit) {
        return new FuseOptions(
                source,
                blockDevice,
                cacheMode,
                acl,
                mountFlags,
                allowOther,
                viaHelper,
                maxWriteBytes,
                count,
                limit,
                maxBackground,
                readaheadKiB,
                transport);
    }

    public FuseOptions withTransfers(int newMaxWriteBytes, int newMaxBackground, int newReadaheadKiB) {
        return new FuseOptions(
                source,
                blockDevice,
                cacheMode,
                acl,
                mountFlags,
                allowOther,
                viaHelper,
                newMaxWriteBytes,
                readers,
                maxReaders,
                newMaxBackground,
                newReadaheadKiB,
                transport);
    }

    public FuseOptions withTransport(Transport value) {
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
                value);
    }
}
