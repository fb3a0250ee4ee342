package org.scoutfs.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/**
 * The system calls of a worker, one object for each thread. A call costs some ten nanoseconds beside the kernel, so what is measured is the
 * file system and not a library above it. Paths are C strings; failures are {@link IOException}s with call and errno.
 */
final class Syscalls implements AutoCloseable {
    static final int O_RDONLY = 0;
    static final int O_WRONLY = 1;
    static final int O_RDWR = 2;
    static final int O_CREAT = 0x40;
    static final int O_EXCL = 0x80;
    static final int O_TRUNC = 0x200;
    static final int O_DIRECT = oDirect();
    static final int O_DIRECTORY = oDirectory();

    private static final int STAT_BYTES = 256;
    private static final int MODE = 0644;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final long ERRNO = CAPTURE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle OPEN = bind(
            "open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle CLOSE = bind("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle STAT = bind("stat", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle RENAME = bind("rename", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle UNLINK = bind("unlink", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle SYNCFS = bind("syncfs", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle GETDENTS =
            bind("getdents64", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle PREAD =
            bind("pread", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle PWRITE =
            bind("pwrite", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));

    private final Arena arena = Arena.ofShared();
    private final MemorySegment state = arena.allocate(CAPTURE);
    private final MemorySegment stat = arena.allocate(STAT_BYTES, 8);

    int open(MemorySegment path, int flags) throws IOException {
        try {
            return (int) checked("open", (int) OPEN.invokeExact(state, path, flags, MODE));
        } catch (Throwable t) {
            throw failure(t);
        }
    }

    void close(int fd) throws IOException {
        try {
            checked("close", (int) CLOSE.invokeExact(state, fd));
        } catch (Throwable t) {
            throw failure(t);
        }
    }

    void stat(MemorySegment path) throws IOException {
        try {
            checked("stat", (int) STAT.invokeExact(state, path, stat));
        } catch (Throwable t) {
            throw failure(t);
        }
    }

    void rename(MemorySegment from, MemorySegment to) throws IOException {
        try {
            checked("rename", (int) RENAME.invokeExact(state, from, to));
        } catch (Throwable t) {
            throw failure(t);
        }
    }

    void unlink(MemorySegment path) throws IOException {
        try {
            checked("unlink", (int) UNLINK.invokeExact(state, path));
        } catch (Throwable t) {
            throw failure(t);
        }
    }

    void syncfs(int fd) throws IOException {
        try {
            checked("syncfs", (int) SYNCFS.invokeExact(state, fd));
        } catch (Throwable t) {
            throw failure(t);
        }
    }

    /** Bytes filled with {@code struct linux_dirent64}; 0 at the end. */
    int getdents(int fd, MemorySegment buffer) throws IOException {
        try {
            return (int) checked("getdents64", (long) GETDENTS.invokeExact(state, fd, buffer, buffer.byteSize()));
        } catch (Throwable t) {
            throw failure(t);
        }
    }

    /** All of the first {@code length} bytes of {@code dst}; fewer are a failure. */
    void pread(int fd, MemorySegment dst, long length, long offset) throws IOException {
        try {
            whole("pread", length, (long) PREAD.invokeExact(state, fd, dst, length, offset));
        } catch (Throwable t) {
            throw failure(t);
        }
    }

    /** All of the first {@code length} bytes of {@code src}; fewer are a failure. */
    void pwrite(int fd, MemorySegment src, long length, long offset) throws IOException {
        try {
            whole("pwrite", length, (long) PWRITE.invokeExact(state, fd, src, length, offset));
        } catch (Throwable t) {
            throw failure(t);
        }
    }

    private void whole(String call, long wanted, long result) throws IOException {
        if (checked(call, result) != wanted) {
            throw new IOException(call + ": " + result + " of " + wanted + " bytes");
        }
    }

    private long checked(String call, long result) throws IOException {
        if (result < 0) {
            throw new IOException(call + ": errno " + state.get(JAVA_INT, ERRNO));
        }
        return result;
    }

    @Override
    public void close() {
        arena.close();
    }

    private static MethodHandle bind(String function, FunctionDescriptor descriptor, Linker.Option... more) {
        Linker.Option[] options = new Linker.Option[more.length + 1];
        options[0] = Linker.Option.captureCallState("errno");
        System.arraycopy(more, 0, options, 1, more.length);
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(function), descriptor, options);
    }

    private static int oDirect() {
        return switch (System.getProperty("os.arch")) {
            case "aarch64", "arm" -> 0x10000;
            case "ppc64", "ppc64le" -> 0x20000;
            default -> 0x4000;
        };
    }

    private static int oDirectory() {
        return switch (System.getProperty("os.arch")) {
            case "aarch64", "arm", "ppc64", "ppc64le" -> 0x4000;
            default -> 0x10000;
        };
    }

    private static IOException failure(Throwable t) {
        if (t instanceof IOException e) {
            return e;
        }
        if (t instanceof RuntimeException e) {
            throw e;
        }
        if (t instanceof Error e) {
            throw e;
        }
        return new IOException(t);
    }
}
