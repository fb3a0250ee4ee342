package org.scoutfs.fuse;

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
import org.jspecify.annotations.Nullable;

/**
 * The system calls of this package. Each returns what the call returned, or the negated errno; nothing here decides or retries.
 *
 * <p>{@link #read} and {@link #write} are the hot ones: they take plain addresses and an errno segment of the calling thread, allocate
 * nothing, and may block, so they run on platform threads only.
 */
final class NativeCalls {
    static final int O_RDWR = 2;
    static final int O_CLOEXEC = 0x80000;

    static final int MS_RDONLY = 1;
    static final int MS_NOSUID = 2;
    static final int MS_NODEV = 4;

    static final int MNT_FORCE = 1;
    static final int MNT_DETACH = 2;
    static final int UMOUNT_NOFOLLOW = 8;

    static final int AF_UNIX = 1;
    static final int SOCK_STREAM = 1;

    /** The same numbers on all processors. */
    private static final long SYS_IO_URING_SETUP = 425;

    private static final long SYS_IO_URING_ENTER = 426;

    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED_POPULATE = 0x1 | 0x8000;
    private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x2 | 0x20 | 0x4000;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup SYMBOLS = LINKER.defaultLookup();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final MemoryLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final long ERRNO_OFFSET = CAPTURE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle OPEN = LINKER.downcallHandle(
            SYMBOLS.findOrThrow("open"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
            ERRNO,
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle CLOSE = bind("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle READ =
            bind("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle WRITE =
            bind("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle MMAP = bind(
            "mmap", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle MUNMAP = bind("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle MOUNT =
            bind("mount", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));
    private static final MethodHandle UMOUNT2 = bind("umount2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle GETEUID = bind("geteuid", FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle GETEGID = bind("getegid", FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle SOCKETPAIR =
            bind("socketpair", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle RECVMSG =
            bind("recvmsg", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle POSIX_SPAWNP =
            bind("posix_spawnp", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle WAITPID =
            bind("waitpid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));

    private static final MethodHandle IO_URING_SETUP = LINKER.downcallHandle(
            SYMBOLS.findOrThrow("syscall"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS),
            ERRNO,
            Linker.Option.firstVariadicArg(1));
    private static final MethodHandle IO_URING_ENTER = LINKER.downcallHandle(
            SYMBOLS.findOrThrow("syscall"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG),
            ERRNO,
            Linker.Option.firstVariadicArg(1));
    private static final MethodHandle SCHED_SETAFFINITY =
            bind("sched_setaffinity", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));

    private static final MethodHandle SCHED_SETSCHEDULER =
            bind("sched_setscheduler", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle GETTID = bind("gettid", FunctionDescriptor.of(JAVA_INT));

    /** {@code struct sched_param} of the policies that have no priority. */
    private static final MemorySegment NO_PRIORITY = Arena.global().allocate(JAVA_INT);

    private static final MethodHandle PROCESS_VM_READV = bind(
            "process_vm_readv",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle PROCESS_VM_WRITEV = bind(
            "process_vm_writev",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG));

    private NativeCalls() {}

    /** A place for errno; one per thread that calls. */
    static MemorySegment newErrno() {
        return Arena.ofAuto().allocate(CAPTURE);
    }

    static long read(MemorySegment errno, int fd, long address, long bytes) {
        try {
            long n = (long) READ.invokeExact(errno, fd, address, bytes);
            return n < 0 ? -errno.get(JAVA_INT, ERRNO_OFFSET) : n;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static long write(MemorySegment errno, int fd, long address, long bytes) {
        try {
            long n = (long) WRITE.invokeExact(errno, fd, address, bytes);
            return n < 0 ? -errno.get(JAVA_INT, ERRNO_OFFSET) : n;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int open(String path, int flags) {
        return call((arena, errno) -> (int) OPEN.invokeExact(errno, arena.allocateFrom(path), flags, 0));
    }

    static int close(int fd) {
        return call((arena, errno) -> (int) CLOSE.invokeExact(errno, fd));
    }

    /** Page-aligned zeroed memory that costs nothing until touched; given back by {@link #unmapMemory}. */
    static MemorySegment mapMemory(long bytes) {
        return map(MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0, bytes);
    }

    /** As {@link #mapMemory}, given back when nobody refers to it any more. */
    static MemorySegment mapPrivate(long bytes) {
        return givenBack(map(MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0, bytes));
    }

    /** A part of a file that the kernel uses too, given back when nobody refers to it any more. */
    static MemorySegment mapShared(int fd, long offset, long bytes) {
        return givenBack(map(MAP_SHARED_POPULATE, fd, offset, bytes));
    }

    private static MemorySegment givenBack(MemorySegment memory) {
        return memory.reinterpret(Arena.ofAuto(), NativeCalls::unmapMemory);
    }

    private static MemorySegment map(int flags, int fd, long offset, long bytes) {
        MemorySegment errno = newErrno();
        long address;
        try {
            address = (long) MMAP.invokeExact(errno, 0L, bytes, PROT_READ_WRITE, flags, fd, offset);
        } catch (Throwable t) {
            throw impossible(t);
        }
        if (address == -1) {
            throw new OutOfMemoryError(
                    "mmap of " + bytes + " bytes for requests: errno " + errno.get(JAVA_INT, ERRNO_OFFSET));
        }
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    static void unmapMemory(MemorySegment memory) {
        int result = call((arena, errno) -> (int) MUNMAP.invokeExact(errno, memory.address(), memory.byteSize()));
        if (result < 0) {
            throw new IllegalStateException("munmap: errno " + -result);
        }
    }

    /** @param params as {@link IoUring} describes; filled in. @return a descriptor or a negated errno */
    static int ioUringSetup(int entries, MemorySegment params) {
        return call(
                (arena, errno) -> (int) (long) IO_URING_SETUP.invokeExact(errno, SYS_IO_URING_SETUP, entries, params));
    }

    static long ioUringEnter(MemorySegment errno, int fd, int toSubmit, int toAwait, int flags) {
        try {
            long n = (long) IO_URING_ENTER.invokeExact(errno, SYS_IO_URING_ENTER, fd, toSubmit, toAwait, flags, 0L, 0L);
            return n < 0 ? -errno.get(JAVA_INT, ERRNO_OFFSET) : n;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** Gives a thread of this process a scheduling policy without a priority; 0 is the calling one. @return 0 or a negated errno */
    static int schedule(MemorySegment errno, int tid, int policy) {
        try {
            int result = (int) SCHED_SETSCHEDULER.invokeExact(errno, tid, policy, NO_PRIORITY);
            return result < 0 ? -errno.get(JAVA_INT, ERRNO_OFFSET) : result;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int threadId() {
        return call((arena, errno) -> (int) GETTID.invokeExact(errno));
    }

    /** Binds the calling thread. @return 0 or a negated errno, as if the processor is not there or not for us */
    static int bindToProcessor(int processor) {
        return call((arena, errno) -> {
            MemorySegment mask = arena.allocate(Math.max(128, processor / Byte.SIZE + Long.BYTES), 8);
            long word = (long) processor / Long.SIZE * Long.BYTES;
            mask.set(JAVA_LONG, word, 1L << (processor % Long.SIZE));
            return (int) SCHED_SETAFFINITY.invokeExact(errno, 0, mask.byteSize(), mask);
        });
    }

    static int mount(String source, String target, String type, long flags, String data) {
        return call((arena, errno) -> (int) MOUNT.invokeExact(
                errno,
                arena.allocateFrom(source),
                arena.allocateFrom(target),
                arena.allocateFrom(type),
                flags,
                arena.allocateFrom(data)));
    }

    static int umount2(String target, int flags) {
        return call((arena, errno) -> (int) UMOUNT2.invokeExact(errno, arena.allocateFrom(target), flags));
    }

    static int geteuid() {
        return call((arena, errno) -> (int) GETEUID.invokeExact(errno));
    }

    static int getegid() {
        return call((arena, errno) -> (int) GETEGID.invokeExact(errno));
    }

    /** @param pair room for two ints */
    static int socketpair(MemorySegment pair) {
        return call((arena, errno) -> (int) SOCKETPAIR.invokeExact(errno, AF_UNIX, SOCK_STREAM, 0, pair));
    }

    static long recvmsg(int fd, MemorySegment message) {
        MemorySegment errno = newErrno();
        try {
            long n = (long) RECVMSG.invokeExact(errno, fd, message, 0);
            return n < 0 ? -errno.get(JAVA_INT, ERRNO_OFFSET) : n;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** Reads from another process to an address of this one. @return bytes read, or negated errno */
    static long readProcess(int pid, long address, long to, long bytes) {
        return transfer(PROCESS_VM_READV, pid, address, to, bytes);
    }

    /** Writes into another process. @return bytes written, or negated errno */
    static long writeProcess(int pid, long address, long from, long bytes) {
        return transfer(PROCESS_VM_WRITEV, pid, address, from, bytes);
    }

    private static long transfer(MethodHandle call, int pid, long address, long own, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment local = arena.allocate(16, 8);
            local.set(JAVA_LONG, 0, own);
            local.set(JAVA_LONG, 8, bytes);
            MemorySegment remote = arena.allocate(16, 8);
            remote.set(JAVA_LONG, 0, address);
            remote.set(JAVA_LONG, 8, bytes);
            MemorySegment errno = arena.allocate(CAPTURE);
            long n = (long) call.invokeExact(errno, pid, local, 1L, remote, 1L, 0L);
            return n < 0 ? -errno.get(JAVA_INT, ERRNO_OFFSET) : n;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** Starts a program from PATH that inherits descriptors without close-on-exec. @return its process id, or negated errno */
    static int spawn(String program, String[] arguments, String[] environment) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pid = arena.allocate(JAVA_INT);
            int error = (int) POSIX_SPAWNP.invokeExact(
                    arena.allocate(CAPTURE),
                    pid,
                    arena.allocateFrom(program),
                    MemorySegment.NULL,
                    MemorySegment.NULL,
                    strings(arena, arguments),
                    strings(arena, environment));
            return error != 0 ? -error : pid.get(JAVA_INT, 0);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** @return wait status, or negated errno */
    static int waitpid(int pid) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(JAVA_INT);
            MemorySegment errno = arena.allocate(CAPTURE);
            int result = (int) WAITPID.invokeExact(errno, pid, status, 0);
            return result < 0 ? -errno.get(JAVA_INT, ERRNO_OFFSET) : status.get(JAVA_INT, 0);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    private static MemorySegment strings(Arena arena, String[] values) {
        MemorySegment array = arena.allocate(ADDRESS, values.length + 1L);
        for (int i = 0; i < values.length; i++) {
            array.setAtIndex(ADDRESS, i, arena.allocateFrom(values[i]));
        }
        array.setAtIndex(ADDRESS, values.length, MemorySegment.NULL);
        return array;
    }

    @FunctionalInterface
    private interface IntCall {
        int invoke(Arena arena, MemorySegment errno) throws Throwable;
    }

    private static int call(IntCall body) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(CAPTURE);
            int result = body.invoke(arena, errno);
            return result < 0 ? -errno.get(JAVA_INT, ERRNO_OFFSET) : result;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    private static MethodHandle bind(String function, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(SYMBOLS.findOrThrow(function), descriptor, ERRNO);
    }

    /** A downcall itself throws only for a defect of its caller, and unchecked. */
    private static RuntimeException impossible(@Nullable Throwable t) {
        if (t instanceof RuntimeException e) {
            return e;
        }
        if (t instanceof Error e) {
            throw e;
        }
        return new IllegalStateException(t);
    }
}
