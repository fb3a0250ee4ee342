package org.scoutfs.app.ioctl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import org.scoutfs.app.output.ByteText;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/**
 * The system calls of an open file: each returns what the call returned, or throws its errno without a text.
 *
 * <p>A command uses two or three of them and each takes a while to bind, so the seldom ones are bound when first called.
 */
final class SystemCalls {
    private static final int SEEK_END = 2;
    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_FOLLOW = 0x400;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBC = LINKER.defaultLookup();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final MemoryLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final long ERRNO_OFFSET = CAPTURE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle OPEN = LINKER.downcallHandle(
            LIBC.findOrThrow("open"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
            ERRNO,
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle CLOSE =
            LINKER.downcallHandle(LIBC.findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle IOCTL = LINKER.downcallHandle(
            LIBC.findOrThrow("ioctl"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
            ERRNO,
            Linker.Option.firstVariadicArg(2));

    private SystemCalls() {}

    static int open(String path, int flags, int mode) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(CAPTURE);
            int result = (int) OPEN.invokeExact(errno, text(arena, path), flags, mode);
            return result < 0 ? failed(errno) : result;
        } catch (Throwable t) {
            throw outcome(t);
        }
    }

    static void close(int fd) {
        try {
            int _ = (int) CLOSE.invokeExact(fd);
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    static int ioctl(int fd, long command, MemorySegment argument) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(CAPTURE);
            int result = (int) IOCTL.invokeExact(errno, fd, command, argument);
            return result < 0 ? failed(errno) : result;
        } catch (Throwable t) {
            throw outcome(t);
        }
    }

    /** @param handle {@code struct file_handle} */
    static int openByHandle(int mountFd, MemorySegment handle, int flags) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(CAPTURE);
            int result = (int) ByHandle.OPEN.invokeExact(errno, mountFd, handle, flags);
            return result < 0 ? failed(errno) : result;
        } catch (Throwable t) {
            throw outcome(t);
        }
    }

    /** Gives an open file the name {@code path}. */
    static void link(int fd, String path) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(CAPTURE);
            MemorySegment from = text(arena, "/proc/self/fd/" + fd);
            int result =
                    (int) Link.AT.invokeExact(errno, AT_FDCWD, from, AT_FDCWD, text(arena, path), AT_SYMLINK_FOLLOW);
            if (result < 0) {
                failed(errno);
            }
        } catch (Throwable t) {
            throw outcome(t);
        }
    }

    static long pread(int fd, MemorySegment dst, long offset) throws FsException {
        return transfer(Transfer.PREAD, fd, dst, offset);
    }

    static long pwrite(int fd, MemorySegment src, long offset) throws FsException {
        return transfer(Transfer.PWRITE, fd, src, offset);
    }

    static long seekEnd(int fd) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(CAPTURE);
            long result = (long) Seek.LSEEK.invokeExact(errno, fd, 0L, SEEK_END);
            return result < 0 ? failed(errno) : result;
        } catch (Throwable t) {
            throw outcome(t);
        }
    }

    static void fsync(int fd) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(CAPTURE);
            if ((int) Sync.FSYNC.invokeExact(errno, fd) < 0) {
                failed(errno);
            }
        } catch (Throwable t) {
            throw outcome(t);
        }
    }

    private static long transfer(MethodHandle call, int fd, MemorySegment memory, long offset) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(CAPTURE);
            long result = (long) call.invokeExact(errno, fd, memory, memory.byteSize(), offset);
            return result < 0 ? failed(errno) : result;
        } catch (Throwable t) {
            throw outcome(t);
        }
    }

    private static MemorySegment text(Arena arena, String text) {
        byte[] bytes = ByteText.encode(text);
        MemorySegment memory = arena.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, memory, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, bytes.length);
        return memory;
    }

    private static int failed(MemorySegment errno) throws FsException {
        throw new FsException(Errno.of(errno.get(JAVA_INT, ERRNO_OFFSET)));
    }

    /** An errno goes on to the caller; nothing else can come out of a call. */
    static FsException outcome(Throwable t) {
        return switch (t) {
            case FsException e -> e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(t);
        };
    }

    private static MethodHandle bind(String name, FunctionDescriptor function) {
        return LINKER.downcallHandle(LIBC.findOrThrow(name), function, ERRNO);
    }

    private static final class ByHandle {
        static final MethodHandle OPEN =
                bind("open_by_handle_at", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    }

    private static final class Link {
        static final MethodHandle AT =
                bind("linkat", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT));
    }

    private static final class Transfer {
        private static final FunctionDescriptor FUNCTION =
                FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
        static final MethodHandle PREAD = bind("pread", FUNCTION);
        static final MethodHandle PWRITE = bind("pwrite", FUNCTION);
    }

    private static final class Seek {
        static final MethodHandle LSEEK =
                bind("lseek", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
    }

    private static final class Sync {
        static final MethodHandle FSYNC = bind("fsync", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    }
}
