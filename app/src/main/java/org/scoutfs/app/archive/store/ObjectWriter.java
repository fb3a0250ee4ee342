package org.scoutfs.app.archive.store;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/** Writes one object. One thread. Closing it before {@link #finish} leaves nothing behind. */
public final class ObjectWriter implements AutoCloseable {
    private final ArchiveStore store;
    private final Path temporary;
    private final FileChannel channel;
    private final ByteArrayOutputStream digests = new ByteArrayOutputStream();
    private long size;
    private boolean ended;

    ObjectWriter(ArchiveStore store, Path temporary) throws IOException {
        this.store = store;
        this.temporary = temporary;
        this.channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /** Adds the next part: {@link ArchiveStore#PART_BYTES} of them, except for the last. Zeros take no room. */
    public void part(MemorySegment part) throws IOException {
        if (ended || part.byteSize() == 0 || part.byteSize() > ObjectTable.PART_BYTES) {
            throw new IllegalArgumentException("a part of " + part.byteSize() + " bytes");
        }
        ended = part.byteSize() < ObjectTable.PART_BYTES;
        digests.writeBytes(ObjectTable.digest(part));
        if (!ObjectTable.isZero(part)) {
            write(part.asByteBuffer(), size);
        }
        size += part.byteSize();
    }

    private void write(ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    /** Makes the object durable and gives it its name. */
    public ObjectName finish(long ino, long version) throws IOException {
        byte[] footer = ObjectTable.footer(size, ino, version);
        digests.writeBytes(footer);
        byte[] table = digests.toByteArray();
        write(ByteBuffer.wrap(table), size);
        channel.force(true);
        channel.close();
        MessageDigest digest = ObjectTable.sha256();
        ObjectName name = new ObjectName(ino, version, ObjectTable.hex(digest.digest(table)));
        Path path = store.path(name);
        Durable.makeFolder(path.getParent(), store.objects());
        Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Durable.syncFolder(path.getParent());
        return name;
    }

    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(temporary);
    }
}
