package org.scoutfs.app.archive.store;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;

/** An object whose table has been verified. One thread. */
public final class StoredObject implements AutoCloseable {
    private final Path path;
    private final ObjectName name;
    private final FileChannel channel;
    private final long size;
    private final byte[] table;

    private StoredObject(Path path, ObjectName name, FileChannel channel, long size, byte[] table) {
        this.path = path;
        this.name = name;
        this.channel = channel;
        this.size = size;
        this.table = table;
    }

    /**
     * @throws DamagedObjectException if it is not there, or its length or its table is not that of its name
     * @throws IOException if the store cannot be read
     */
    static StoredObject open(Path path, ObjectName name) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            throw new DamagedObjectException("object " + path + " is missing");
        }
        try {
            long length = channel.size();
            byte[] footer = new byte[ObjectTable.FOOTER_BYTES];
            Long size = length >= footer.length && read(channel, ByteBuffer.wrap(footer), length - footer.length)
                    ? ObjectTable.size(footer, name)
                    : null;
            if (size == null || length != size + ObjectTable.tableBytes(size)) {
                throw new DamagedObjectException(
                        "object " + path + " does not end as an object of its name; its length is " + length
                                + ": it was cut or overwritten");
            }
            byte[] table = new byte[Math.toIntExact(ObjectTable.tableBytes(size))];
            if (!read(channel, ByteBuffer.wrap(table), size)
                    || !ObjectTable.hex(ObjectTable.sha256().digest(table)).equals(name.digest())) {
                throw new DamagedObjectException("object " + path + ": its table of checksums is damaged");
            }
            return new StoredObject(path, name, channel, size, table);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean read(FileChannel channel, ByteBuffer to, long position) throws IOException {
        long at = position;
        while (to.hasRemaining()) {
            int count = channel.read(to, at);
            if (count < 0) {
                return false;
            }
            at += count;
        }
        return true;
    }

    public ObjectName name() {
        return name;
    }

    /** Bytes of contents. */
    public long size() {
        return size;
    }

    public int parts() {
        return (int) ObjectTable.parts(size);
    }

    /**
     * Reads a part, counted from 0, into the beginning of a buffer and verifies it.
     *
     * @param buffer {@link ArchiveStore#PART_BYTES} or more
     * @return what was read, a slice of the buffer
     * @throws DamagedObjectException if it is not what was archived
     */
    public MemorySegment readPart(int part, MemorySegment buffer) throws IOException {
        long from = (long) part * ObjectTable.PART_BYTES;
        MemorySegment read = buffer.asSlice(0, Math.min(ObjectTable.PART_BYTES, size - from));
        int at = part * ObjectTable.DIGEST_BYTES;
        if (!read(channel, read.asByteBuffer(), from)
                || !Arrays.equals(
                        ObjectTable.digest(read),
                        0,
                        ObjectTable.DIGEST_BYTES,
                        table,
                        at,
                        at + ObjectTable.DIGEST_BYTES)) {
            throw new DamagedObjectException("object " + path + ": bytes " + from + " to "
                    + (from + read.byteSize() - 1) + " are not those that were archived");
        }
        return read;
    }

    /** When it was made or last {@link #used}. */
    public FileTime lastUse() throws IOException {
        return Files.getLastModifiedTime(path);
    }

    /** Notes that its contents went back to the volume, so that they are not released again soon. */
    public void used(FileTime now) throws IOException {
        Files.setLastModifiedTime(path, now);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
