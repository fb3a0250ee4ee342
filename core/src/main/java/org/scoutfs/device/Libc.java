package org.scoutfs.device;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.scoutfs.error.Errno;

/**
 * The system calls of a file device. Every method returns what the call returned, or the negated errno; nothing here decides,
 * retries or throws for an outcome.
 *
 * <p>Buffers are passed as segments, not as addresses, so the JVM keeps their arenas open during the call. A call costs some ten
 * nanoseconds beside the kernel and allocates nothing on a platform thread: the place for errno belongs to the thread.
 */
final class Libc {
    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    static final int O_EXCL = 0x80;
    static final int O_CLOEXEC = 0x80000;
    static final int O_DIRECT = oDirect();

    static final int LOCK_SH = 1;
    static final int LOCK_EX = 2;
    static final int LOCK_NB = 4;

    static final int FALLOC_FL_KEEP_SIZE = 1;
    static final int FALLOC_FL_PUNCH_HOLE = 2;

    /** The most segments one preadv or pwritev takes. */
    static final int IOV_MAX = 1024;

    private static final int F_OFD_GETLK = 36;
    private static final int F_OFD_SETLK = 37;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;
    private static final int SEEK_END = 2;
    private static final int AT_FDCWD = -100;
    private static final int STATX_BASIC_STATS = 0x7ff;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup SYMBOLS = LINKER.defaultLookup();
    private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final long ERRNO_OFFSET = CAPTURE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle OPEN =
            bind("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT), 2);
    private static final MethodHandle CLOSE = bind("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle FLOCK = bind("flock", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle LSEEK =
            bind("lseek", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle STATX =
            bind("statx", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle FDATASYNC = bind("fdatasync", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle FALLOCATE =
            bind("fallocate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle FCNTL_LOCK =
            bind("fcntl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS), 2);
    private static final MethodHandle PREAD =
            bind("pread", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle PWRITE =
            bind("pwrite", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle PREADV =
            bind("preadv", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG));
    private static final MethodHandle PWRITEV =
            bind("pwritev", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG));

    private Libc() {}

    /** What {@code statx} says about a path. */
    record Stat(int mode, long inode, DeviceNumber rdev, DeviceNumber dev) {
        boolean isRegular() {
            return (mode & 0xf000) == 0x8000;
        }

        boolean isBlockSpecial() {
            return (mode & 0xf000) == 0x6000;
        }
    }

    static int open(String path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            CallState state = CallState.take();
            try {
                int fd = (int) OPEN.invokeExact(state.errno, arena.allocateFrom(path), flags, 0);
                return fd < 0 ? -state.errno() : fd;
            } catch (Throwable t) {
                throw impossible(t);
            } finally {
                state.give();
            }
        }
    }

    static int close(int fd) {
        CallState state = CallState.take();
        try {
            return (int) CLOSE.invokeExact(state.errno, fd) < 0 ? -state.errno() : 0;
        } catch (Throwable t) {
            throw impossible(t);
        } finally {
            state.give();
        }
    }

    static int flock(int fd, int operation) {
        CallState state = CallState.take();
        try {
            return (int) FLOCK.invokeExact(state.errno, fd, operation) < 0 ? -state.errno() : 0;
        } catch (Throwable t) {
            throw impossible(t);
        } finally {
            state.give();
        }
    }

    /** The size of a regular file or a block device. Moves the file position, which nobody here uses. */
    static long sizeBytes(int fd) {
        CallState state = CallState.take();
        try {
            long size = (long) LSEEK.invokeExact(state.errno, fd, 0L, SEEK_END);
            return size < 0 ? -state.errno() : size;
        } catch (Throwable t) {
            throw impossible(t);
        } finally {
            state.give();
        }
    }

    /**
     * Offsets in {@code struct statx}, the same on every architecture: mode u16@28, ino u64@32, rdev major u32@128 minor@132, dev
     * major@136 minor@140.
     *
     * @throws StatFailed with the errno
     */
    static Stat stat(String path) throws StatFailed {
        try (Arena arena = Arena.ofConfined()) {
            CallState state = CallState.take();
            try {
                MemorySegment statx = arena.allocate(256, 8);
                int result = (int)
                        STATX.invokeExact(state.errno, AT_FDCWD, arena.allocateFrom(path), 0, STATX_BASIC_STATS, statx);
                if (result < 0) {
                    throw new StatFailed(state.errno());
                }
                return new Stat(
                        Short.toUnsignedInt(statx.get(JAVA_SHORT, 28)),
                        statx.get(JAVA_LONG, 32),
                        new DeviceNumber(statx.get(JAVA_INT, 128), statx.get(JAVA_INT, 132)),
                        new DeviceNumber(statx.get(JAVA_INT, 136), statx.get(JAVA_INT, 140)));
            } catch (StatFailed e) {
                throw e;
            } catch (Throwable t) {
                throw impossible(t);
            } finally {
                state.give();
            }
        }
    }

    /** The errno of a failed {@link #stat}. */
    static final class StatFailed extends Exception {
        private static final long serialVersionUID = 1L;

        final int errno;

        StatFailed(int errno) {
            super(null, null, false, false);
            this.errno = errno;
        }
    }

    static int fdatasync(int fd) {
        CallState state = CallState.take();
        try {
            return (int) FDATASYNC.invokeExact(state.errno, fd) < 0 ? -state.errno() : 0;
        } catch (Throwable t) {
            throw impossible(t);
        } finally {
            state.give();
        }
    }

    static int fallocate(int fd, int mode, long offset, long lengthBytes) {
        CallState state = CallState.take();
        try {
            return (int) FALLOCATE.invokeExact(state.errno, fd, mode, offset, lengthBytes) < 0 ? -state.errno() : 0;
        } catch (Throwable t) {
            throw impossible(t);
        } finally {
            state.give();
        }
    }

    /**
     * Takes a lock on one byte that belongs to this open file, or asks whether somebody else has it; no data is involved.
     *
     * @param take true to take it, false to ask
     * @return 0 taken, or free; 1 somebody else has it; negative errno
     */
    static int byteLock(int fd, long offset, boolean take) {
        CallState state = CallState.take();
        try (Arena arena = Arena.ofConfined()) {
            // struct flock: type s16 @0, whence s16 @2, start s64 @8, len s64 @16, pid s32 @24
            MemorySegment lock = arena.allocate(32, 8);
            lock.set(JAVA_SHORT, 0, F_WRLCK);
            lock.set(JAVA_LONG, 8, offset);
            lock.set(JAVA_LONG, 16, 1L);
            int command = take ? F_OFD_SETLK : F_OFD_GETLK;
            if ((int) FCNTL_LOCK.invokeExact(state.errno, fd, command, lock) < 0) {
                int errno = state.errno();
                return errno == Errno.EAGAIN.number() || errno == Errno.EACCES.number() ? 1 : -errno;
            }
            return take || lock.get(JAVA_SHORT, 0) == F_UNLCK ? 0 : 1;
        } catch (Throwable t) {
            throw impossible(t);
        } finally {
            state.give();
        }
    }

    static long pread(int fd, MemorySegment dst, long offset) {
        CallState state = CallState.take();
        try {
            long n = (long) PREAD.invokeExact(state.errno, fd, dst, dst.byteSize(), offset);
            return n < 0 ? -state.errno() : n;
        } catch (Throwable t) {
            throw impossible(t);
        } finally {
            state.give();
        }
    }

    static long pwrite(int fd, MemorySegment src, long offset) {
        CallState state = CallState.take();
        try {
            long n = (long) PWRITE.invokeExact(state.errno, fd, src, src.byteSize(), offset);
            return n < 0 ? -state.errno() : n;
        } catch (Throwable t) {
            throw impossible(t);
        } finally {
            state.give();
        }
    }

    /** The first {@code count} entries of {@code iovecs}, each {@code {base, length}} of two longs. */
    static long preadv(int fd, MemorySegment iovecs, int count, long offset) {
        CallState state = CallState.take();
        try {
            long n = (long) PREADV.invokeExact(state.errno, fd, iovecs, count, offset);
            return n < 0 ? -state.errno() : n;
        } catch (Throwable t) {
            throw impossible(t);
        } finally {
            state.give();
        }
    }

    /** As {@link #preadv}. */
    static long pwritev(int fd, MemorySegment iovecs, int count, long offset) {
        CallState state = CallState.take();
        try {
            long n = (long) PWRITEV.invokeExact(state.errno, fd, iovecs, count, offset);
            return n < 0 ? -state.errno() : n;
        } catch (Throwable t) {
            throw impossible(t);
        } finally {
            state.give();
        }
    }

    /**
     * Where a native call leaves errno. A platform thread has its own; virtual threads come and go by the thousand, so they borrow
     * from a stock that grows to the number that were ever in a call at once.
     */
    private static final class CallState {
        private static final ThreadLocal<CallState> OF_THREAD = ThreadLocal.withInitial(CallState::new);
        private static final ConcurrentLinkedQueue<CallState> STOCK = new ConcurrentLinkedQueue<>();

        final MemorySegment errno = Arena.ofAuto().allocate(CAPTURE);

        static CallState take() {
            if (!Thread.currentThread().isVirtual()) {
                return OF_THREAD.get();
            }
            CallState state = STOCK.poll();
            return state == null ? new CallState() : state;
        }

        void give() {
            if (Thread.currentThread().isVirtual()) {
                STOCK.add(this);
            }
        }

        int errno() {
            return errno.get(JAVA_INT, ERRNO_OFFSET);
        }
    }

    private static MethodHandle bind(String function, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(
                SYMBOLS.findOrThrow(function), descriptor, Linker.Option.captureCallState("errno"));
    }

    private static MethodHandle bind(String function, FunctionDescriptor descriptor, int firstVariadic) {
        return LINKER.downcallHandle(
                SYMBOLS.findOrThrow(function),
                descriptor,
                Linker.Option.captureCallState("errno"),
                Linker.Option.firstVariadicArg(firstVariadic));
    }

    /** The one open flag whose value differs between the architectures a JDK 25 runs on. */
    private static int oDirect() {
        return switch (System.getProperty("os.arch")) {
            case "aarch64", "arm" -> 0x10000;
            case "ppc64", "ppc64le" -> 0x20000;
            default -> 0x4000;
        };
    }

    /** A downcall itself throws only for a closed or foreign segment, which is the caller's defect and unchecked. */
    private static RuntimeException impossible(Throwable t) {
        if (t instanceof RuntimeException e) {
            return e;
        }
        if (t instanceof Error e) {
            throw e;
        }
        return new IllegalStateException(t);
    }
}
