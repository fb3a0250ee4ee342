package org.scoutfs.fuse;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fuse.protocol.InitFlag;
import org.scoutfs.fuse.protocol.MalformedRequestException;
import org.scoutfs.fuse.protocol.ReplyBuffer;
import org.scoutfs.fuse.protocol.Request;
import org.scoutfs.fuse.protocol.Wire;
import org.scoutfs.fuse.protocol.Wire.InitIn;
import org.scoutfs.fuse.protocol.Wire.InitOut;

/**
 * What INIT has settled (spec 6 sections 3.3 and 4.5).
 *
 * @param minor protocol version 7.minor that both sides know
 * @param flags {@link InitFlag} bits in force
 * @param maxReadahead bytes, as the kernel offered
 * @param maxWriteBytes largest READ and WRITE
 * @param cacheMode what the kernel may keep, given its version
 */
record Negotiated(int minor, long flags, int maxReadahead, int maxWriteBytes, CacheMode cacheMode) {
    private static final System.Logger LOG = System.getLogger(Negotiated.class.getName());

    /** Needed for attributes behind the first 64 bytes of INIT and for what is written here: Linux 5.4. */
    static final int OLDEST_MINOR = 31;

    /** Kernels before MAX_PAGES, and those that refuse it, send no more than this. */
    private static final int WRITE_BYTES_WITHOUT_MAX_PAGES = 32 * Wire.PAGE_BYTES;

    static Negotiated answer(Request init, FuseOptions options) throws FsException {
        int major = init.int32(InitIn.MAJOR);
        int theirs = init.int32(InitIn.MINOR);
        if (major != Wire.MAJOR || theirs < OLDEST_MINOR) {
            throw new FsException(
                    Errno.EOPNOTSUPP,
                    "the kernel speaks FUSE " + major + "." + theirs + "; needed is " + Wire.MAJOR + "." + OLDEST_MINOR
                            + " or newer");
        }
        int minor = Math.min(theirs, Wire.MINOR);
        long offered = offered(init);
        CacheMode mode = options.cacheMode();
        if (minor < Wire.MINOR_EPOCH && mode == CacheMode.FULL) {
            // Names that cannot be dropped without waiting for a directory's mutex must not be kept: rule N2.
            mode = CacheMode.ATTRIBUTES;
        }
        long flags = wanted(options, mode) & offered;
        flags |= transport(options, offered);
        int maxWrite = (flags & InitFlag.MAX_PAGES) == 0
                ? Math.min(options.maxWriteBytes(), WRITE_BYTES_WITHOUT_MAX_PAGES)
                : options.maxWriteBytes();
        return new Negotiated(minor, flags, init.int32(InitIn.MAX_READAHEAD), maxWrite, mode);
    }

    boolean has(long flag) {
        return (flags & flag) != 0;
    }

    /** Puts the INIT reply into the body. @return body length */
    int write(ReplyBuffer reply, FuseOptions options) {
        reply.body().asSlice(0, InitOut.SIZE).fill((byte) 0);
        reply.put32(InitOut.MAJOR, Wire.MAJOR);
        reply.put32(InitOut.MINOR, minor);
        reply.put32(InitOut.MAX_READAHEAD, maxReadahead);
        reply.put32(InitOut.FLAGS, (int) flags);
        reply.put32(InitOut.FLAGS2, (int) (flags >>> 32));
        int background = options.maxBackground();
        reply.body().set(JAVA_SHORT, InitOut.MAX_BACKGROUND, (short) background);
        reply.body().set(JAVA_SHORT, InitOut.CONGESTION_THRESHOLD, (short) Math.max(1, background * 3 / 4));
        reply.put32(InitOut.MAX_WRITE, maxWriteBytes);
        reply.put32(InitOut.TIME_GRAN, 1);
        reply.body().set(JAVA_SHORT, InitOut.MAX_PAGES, (short) (maxWriteBytes / Wire.PAGE_BYTES));
        return InitOut.SIZE;
    }

    /** The bit for requests over io_uring, or none. */
    private static long transport(FuseOptions options, long offered) throws FsException {
        if (options.transport() == Transport.DEVICE) {
            return 0;
        }
        String obstacle = (offered & InitFlag.OVER_IO_URING) == 0
                ? "the kernel does not offer it (Linux 6.14 or newer, module parameter fuse.enable_uring)"
                : RingSupport.obstacle();
        if (obstacle.isEmpty()) {
            return InitFlag.OVER_IO_URING;
        }
        if (options.transport() == Transport.IO_URING) {
            throw new FsException(Errno.EOPNOTSUPP, "FUSE over io_uring: " + obstacle);
        }
        LOG.log(System.Logger.Level.INFO, "requests come over /dev/fuse, not over io_uring: {0}", obstacle);
        return 0;
    }

    private static long offered(Request init) throws MalformedRequestException {
        long low = Integer.toUnsignedLong(init.int32(InitIn.FLAGS));
        if (init.argumentBytes() >= InitIn.SIZE && (low & InitFlag.INIT_EXT) != 0) {
            return low | Integer.toUnsignedLong(init.int32(InitIn.FLAGS2)) << 32;
        }
        return low & ~InitFlag.INIT_EXT;
    }

    private static long wanted(FuseOptions options, CacheMode mode) {
        long flags = InitFlag.ASYNC_READ
                | InitFlag.ATOMIC_O_TRUNC
                | InitFlag.EXPORT_SUPPORT
                | InitFlag.BIG_WRITES
                | InitFlag.DONT_MASK
                | InitFlag.HAS_IOCTL_DIR
                | InitFlag.ASYNC_DIO
                | InitFlag.PARALLEL_DIROPS
                | InitFlag.ABORT_ERROR
                | InitFlag.MAX_PAGES
                | InitFlag.CACHE_SYMLINKS
                | InitFlag.EXPLICIT_INVAL_DATA
                | InitFlag.HANDLE_KILLPRIV_V2
                | InitFlag.SETXATTR_EXT
                | InitFlag.INIT_EXT
                | InitFlag.CREATE_SUPP_GROUP
                | InitFlag.HAS_EXPIRE_ONLY
                | InitFlag.DIRECT_IO_ALLOW_MMAP;
        if (options.acl()) {
            flags |= InitFlag.POSIX_ACL;
        }
        if (mode == CacheMode.FULL) {
            // Without kept names the next stat looks each one up again, and a listing with attributes was in vain.
            flags |= InitFlag.DO_READDIRPLUS | InitFlag.READDIRPLUS_AUTO;
        }
        return flags;
    }
}
