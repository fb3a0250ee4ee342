package org.scoutfs.fuse;

import org.scoutfs.error.Errno;

/** The one table from failures to the numbers the kernel is told. */
final class Failures {
    private Failures() {}

    /** As {@link #toKernel(Errno)} for a positive number of whoever ended a wait, known here or not. */
    static int toKernel(int errno) {
        if (errno == Errno.ENOSYS.number()) {
            return toKernel(Errno.ENOSYS);
        }
        return errno > 511 ? -Errno.EIO.number() : -errno;
    }

    /**
     * The number for a reply header: negative, above -512, since the kernel refuses everything else and its caller would wait for ever.
     *
     * <p>ENOSYS turns an operation off for the life of the mount, so no failure inside the file system may become one. The errors of connections
     * between nodes mean nothing to a caller.
     */
    static int toKernel(Errno errno) {
        return -switch (errno) {
            case ENOSYS -> Errno.EOPNOTSUPP.number();
            case EADDRINUSE,
                    EADDRNOTAVAIL,
                    ECONNABORTED,
                    ECONNRESET,
                    ECONNREFUSED,
                    ENOTCONN,
                    EINPROGRESS,
                    ENOBUFS,
                    EKEYREJECTED,
                    EMSGSIZE,
                    EPIPE,
                    ETIME -> Errno.EIO.number();
            case E2BIG,
                    EACCES,
                    EAGAIN,
                    EBADF,
                    EBUSY,
                    ECANCELED,
                    EDEADLK,
                    EDOM,
                    EDQUOT,
                    EEXIST,
                    EFAULT,
                    EFBIG,
                    EINTR,
                    EINVAL,
                    EIO,
                    EISDIR,
                    ELOOP,
                    EMFILE,
                    EMLINK,
                    ENAMETOOLONG,
                    ENFILE,
                    ENODATA,
                    ENODEV,
                    ENOENT,
                    ENOLINK,
                    ENOMEM,
                    ENOSPC,
                    ENOTDIR,
                    ENOTEMPTY,
                    ENOTTY,
                    ENXIO,
                    EOPNOTSUPP,
                    EOVERFLOW,
                    EPERM,
                    ERANGE,
                    EROFS,
                    ESPIPE,
                    ESTALE,
                    ETIMEDOUT,
                    ETXTBSY,
                    EXDEV -> errno.number();
        };
    }
}
