package org.scoutfs.app.ioctl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Le;
import org.scoutfs.format.Timespec;

/** What any Linux file offers besides ioctls, for a file that has no path: attributes, extended attributes, holes. */
public final class FileCalls {
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final int STATX_BYTES = 256;
    private static final int XATTR_BYTES_MAX = 65_535;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final MemoryLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final long ERRNO_OFFSET = CAPTURE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle STATX =
            bind("statx", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle FGETXATTR =
            bind("fgetxattr", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG));
    private static final MethodHandle FSETXATTR =
            bind("fsetxattr", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle LSEEK =
            bind("lseek", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));

    /** @param mode type and permissions, {@code S_IF...} and below */
    public record Stat(int mode, long ino, long size, Timespec mtime) {
        private static final int S_IFMT = 0xf000;
        private static final int S_IFREG = 0x8000;

        public boolean isRegular() {
            return (mode & S_IFMT) == S_IFREG;
        }
    }

    private FileCalls() {}

    /** {@code struct statx}: mode u16 @28, ino u64 @32, size u64 @40, mtime s64 @112 and u32 @120. */
    public static Stat stat(IoctlFile file) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(STATX_BYTES, 8);
            MemorySegment errno = arena.allocate(CAPTURE);
            check(
                    (int) STATX.invokeExact(
                            errno, file.fd(), arena.allocateFrom(""), AT_EMPTY_PATH, STATX_BASIC_STATS, s),
                    errno);
            return new Stat(Le.u16(s, 28), Le.u64(s, 32), Le.u64(s, 40), new Timespec(Le.u64(s, 112), Le.i32(s, 120)));
        } catch (Throwable t) {
            throw SystemCalls.outcome(t);
        }
    }

    /** An extended attribute as text; null if the file has none of this name. */
    public static @Nullable String getXattr(IoctlFile file, String name) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(XATTR_BYTES_MAX);
            MemorySegment errno = arena.allocate(CAPTURE);
            long bytes = check(
                    (long) FGETXATTR.invokeExact(
                            errno, file.fd(), arena.allocateFrom(name), value, (long) XATTR_BYTES_MAX),
                    errno);
            return new String(value.asSlice(0, bytes).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
        } catch (FsException e) {
            if (e.errno() == Errno.ENODATA) {
                return null;
            }
            throw e;
        } catch (Throwable t) {
            throw SystemCalls.outcome(t);
        }
    }

    /** Sets or replaces an extended attribute. */
    public static void setXattr(IoctlFile file, String name, String value) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
            MemorySegment memory = arena.allocate(Math.max(1, bytes.length));
            MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, 0, bytes.length);
            MemorySegment errno = arena.allocate(CAPTURE);
            check(
                    (int) FSETXATTR.invokeExact(
                            errno, file.fd(), arena.allocateFrom(name), memory, (long) bytes.length, 0),
                    errno);
        } catch (Throwable t) {
            throw SystemCalls.outcome(t);
        }
    }

    /** Where the first contents at or after an offset begin, offline ones too; -1 if there are none up to the end of the file. */
    public static long nextData(IoctlFile file, long offset) throws FsException {
        return seek(file, offset, SEEK_DATA);
    }

    /** Where the first hole at or after an offset begins, at the latest at the end of the file; -1 if the offset is beyond that. */
    public static long nextHole(IoctlFile file, long offset) throws FsException {
        return seek(file, offset, SEEK_HOLE);
    }

    private static long seek(IoctlFile file, long offset, int whence) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(CAPTURE);
            return check((long) LSEEK.invokeExact(errno, file.fd(), offset, whence), errno);
        } catch (FsException e) {
            if (e.errno() == Errno.ENXIO) {
                return -1;
            }
            throw e;
        } catch (Throwable t) {
            throw SystemCalls.outcome(t);
        }
    }

    private static long check(long result, MemorySegment errno) throws FsException {
        if (result < 0) {
            throw new FsException(Errno.of(errno.get(JAVA_INT, ERRNO_OFFSET)));
        }
        return result;
    }

    private static MethodHandle bind(String name, FunctionDescriptor function) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), function, ERRNO);
    }
}
