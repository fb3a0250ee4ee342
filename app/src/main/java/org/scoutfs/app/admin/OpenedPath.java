package org.scoutfs.app.admin;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Le;
import org.scoutfs.vfs.VolumeDetails.AllocEntry;
import org.scoutfs.vfs.VolumeDetails.StatfsMore;

/** A file or directory opened for reading, to ask its file system questions by ioctl(2). Not thread-safe. */
final class OpenedPath implements AutoCloseable {
    private static final long STAT_MORE = 0x8038E805L;
    private static final long STATFS_MORE = 0x8030E80AL;
    private static final long ALLOC_DETAIL = 0x4010E80CL;

    private static final int ALLOC_ENTRY_BYTES = 24;
    private static final int ALLOC_ENTRIES_FIRST = 4096;
    private static final int ALLOC_ENTRIES_MAX = 1 << 24;

    private static final int O_RDONLY_CLOEXEC = 0x80000;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBC = LINKER.defaultLookup();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final MemoryLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final long ERRNO_OFFSET = CAPTURE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle OPEN = LINKER.downcallHandle(
            LIBC.findOrThrow("open"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
            ERRNO,
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle CLOSE =
            LINKER.downcallHandle(LIBC.findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle IOCTL = LINKER.downcallHandle(
            LIBC.findOrThrow("ioctl"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
            ERRNO,
            Linker.Option.firstVariadicArg(2));

    /** @param crtimeNanos 0..999999999 */
    record StatMore(
            long metaSeq,
            long dataSeq,
            long dataVersion,
            long onlineBlocks,
            long offlineBlocks,
            long crtimeSeconds,
            int crtimeNanos) {}

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment errno = arena.allocate(CAPTURE);
    private final int fd;

    /** @throws FsException as open(2), with the text {@code failed to open 'PATH': ...} */
    OpenedPath(String path) throws FsException {
        int result;
        try {
            result = (int) OPEN.invokeExact(errno, arena.allocateFrom(path), O_RDONLY_CLOEXEC);
        } catch (Throwable t) {
            throw impossible(t);
        }
        if (result < 0) {
            Errno e = lastErrno();
            arena.close();
            throw new FsException(e, "failed to open '" + path + "': " + text(e));
        }
        this.fd = result;
    }

    StatMore statMore() throws FsException {
        MemorySegment s = arena.allocate(56, 8);
        ioctl(STAT_MORE, s);
        return new StatMore(
                Le.u64(s, 0), Le.u64(s, 8), Le.u64(s, 16), Le.u64(s, 24), Le.u64(s, 32), Le.u64(s, 40), Le.i32(s, 48));
    }

    StatfsMore statfsMore() throws FsException {
        MemorySegment s = arena.allocate(48, 8);
        ioctl(STATFS_MORE, s);
        return new StatfsMore(Le.u64(s, 0), Le.u64(s, 8), Le.u64(s, 16), Le.u64(s, 24), Le.u64(s, 32), Le.u64(s, 40));
    }

    /** All of them: asks again with more room while there is too little. */
    List<AllocEntry> allocDetail() throws FsException {
        for (int room = ALLOC_ENTRIES_FIRST; ; room *= 2) {
            try (Arena memory = Arena.ofConfined()) {
                MemorySegment entries = memory.allocate((long) ALLOC_ENTRY_BYTES * room, 8);
                MemorySegment argument = memory.allocate(16, 8);
                Le.put64(argument, 0, entries.address());
                Le.put64(argument, 8, room);
                int count = ioctl(ALLOC_DETAIL, argument);
                List<AllocEntry> found = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    long at = (long) ALLOC_ENTRY_BYTES * i;
                    int bits = entries.get(ValueLayout.JAVA_BYTE, at + 17);
                    found.add(new AllocEntry(
                            Le.u64(entries, at), Le.u64(entries, at + 8), (bits & 1) != 0, (bits & 2) != 0));
                }
                return found;
            } catch (FsException e) {
                if (e.errno() != Errno.EOVERFLOW || room >= ALLOC_ENTRIES_MAX) {
                    throw e;
                }
            }
        }
    }

    private int ioctl(long command, MemorySegment argument) throws FsException {
        int result;
        try {
            result = (int) IOCTL.invokeExact(errno, fd, command, argument);
        } catch (Throwable t) {
            throw impossible(t);
        }
        if (result < 0) {
            throw new FsException(lastErrno());
        }
        return result;
    }

    private Errno lastErrno() {
        return Errno.of(errno.get(JAVA_INT, ERRNO_OFFSET));
    }

    /** {@code TEXT (NUMBER)}. */
    static String text(Errno e) {
        return e.text() + " (" + e.number() + ")";
    }

    @Override
    public void close() {
        try {
            int _ = (int) CLOSE.invokeExact(fd);
        } catch (Throwable t) {
            throw impossible(t);
        }
        arena.close();
    }

    private static RuntimeException impossible(@Nullable Throwable t) {
        return t instanceof RuntimeException e ? e : new IllegalStateException(t);
    }
}
