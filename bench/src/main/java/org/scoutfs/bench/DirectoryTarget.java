package org.scoutfs.bench;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A directory as any program sees it, by absolute paths. */
final class DirectoryTarget implements Target {
    private static final int DIRENT_BUFFER_BYTES = 32 << 10;
    private static final int LONGEST_NAME = 255;
    private static final int ALIGNMENT = 4096;

    private final Path directory;

    DirectoryTarget(Path directory) {
        this.directory = directory;
    }

    @Override
    public void makeDirectory() throws IOException {
        Files.createDirectory(directory);
    }

    @Override
    public void removeDirectory() throws IOException {
        Files.delete(directory);
    }

    @Override
    public Session session() {
        return new CallingSession(directory);
    }

    @Override
    public void settle() throws IOException {
        try (Arena arena = Arena.ofConfined();
                Syscalls calls = new Syscalls()) {
            int fd = calls.open(arena.allocateFrom(directory.toString()), Syscalls.O_RDONLY | Syscalls.O_DIRECTORY);
            try {
                calls.syncfs(fd);
            } finally {
                calls.close(fd);
            }
        }
    }

    @Override
    public void close() {}

    /** Made by one thread and used by another, so its memory is shared. */
    private static final class CallingSession implements Session {
        private final Arena arena = Arena.ofShared();
        private final Syscalls calls = new Syscalls();
        private final MemorySegment directoryPath;
        private final int nameOffset;
        private final MemorySegment path;
        private final MemorySegment otherPath;
        private final MemorySegment dirents = arena.allocate(DIRENT_BUFFER_BYTES, ALIGNMENT);
        private final MemorySegment content = arena.allocate(LARGE_BYTES, ALIGNMENT);
        private int large = -1;

        CallingSession(Path directory) {
            byte[] prefix = (directory.toAbsolutePath() + "/").getBytes(StandardCharsets.UTF_8);
            this.directoryPath = arena.allocateFrom(directory.toAbsolutePath().toString());
            this.nameOffset = prefix.length;
            this.path = arena.allocate(prefix.length + LONGEST_NAME + 1L);
            this.otherPath = arena.allocate(prefix.length + LONGEST_NAME + 1L);
            MemorySegment.copy(prefix, 0, path, JAVA_BYTE, 0, prefix.length);
            MemorySegment.copy(prefix, 0, otherPath, JAVA_BYTE, 0, prefix.length);
            content.fill((byte) 0x5a);
        }

        private MemorySegment path(MemorySegment buffer, byte[] name) {
            MemorySegment.copy(name, 0, buffer, JAVA_BYTE, nameOffset, name.length);
            buffer.set(JAVA_BYTE, nameOffset + (long) name.length, (byte) 0);
            return buffer;
        }

        @Override
        public void create(byte[] name) throws IOException {
            calls.close(calls.open(path(path, name), Syscalls.O_CREAT | Syscalls.O_EXCL | Syscalls.O_WRONLY));
        }

        @Override
        public void stat(byte[] name) throws IOException {
            calls.stat(path(path, name));
        }

        @Override
        public void rename(byte[] from, byte[] to) throws IOException {
            calls.rename(path(path, from), path(otherPath, to));
        }

        @Override
        public void unlink(byte[] name) throws IOException {
            calls.unlink(path(path, name));
        }

        @Override
        public void writeSmall(byte[] name) throws IOException {
            int fd = calls.open(path(path, name), Syscalls.O_CREAT | Syscalls.O_EXCL | Syscalls.O_WRONLY);
            calls.pwrite(fd, content, SMALL_BYTES, 0);
            calls.close(fd);
        }

        @Override
        public void readSmall(byte[] name) throws IOException {
            int fd = calls.open(path(path, name), Syscalls.O_RDONLY);
            calls.pread(fd, content, SMALL_BYTES, 0);
            calls.close(fd);
        }

        @Override
        public long list() throws IOException {
            int fd = calls.open(directoryPath, Syscalls.O_RDONLY | Syscalls.O_DIRECTORY);
            long entries = 0;
            for (int length = calls.getdents(fd, dirents); length > 0; length = calls.getdents(fd, dirents)) {
                // struct linux_dirent64: d_reclen u16 @16
                for (int at = 0; at < length; at += Short.toUnsignedInt(dirents.get(JAVA_SHORT_UNALIGNED, at + 16L))) {
                    entries++;
                }
            }
            calls.close(fd);
            return entries - 2;
        }

        @Override
        public void openLarge(byte[] name, boolean truncate) throws IOException {
            int flags = Syscalls.O_RDWR | Syscalls.O_CREAT | Syscalls.O_DIRECT;
            large = calls.open(path(path, name), truncate ? flags | Syscalls.O_TRUNC : flags);
        }

        @Override
        public void readLarge(long offset, int lengthBytes) throws IOException {
            calls.pread(large, content, lengthBytes, offset);
        }

        @Override
        public void writeLarge(long offset, int lengthBytes) throws IOException {
            calls.pwrite(large, content, lengthBytes, offset);
        }

        @Override
        public void closeLarge() throws IOException {
            calls.close(large);
        }

        @Override
        public void close() {
            calls.close();
            arena.close();
        }
    }
}
