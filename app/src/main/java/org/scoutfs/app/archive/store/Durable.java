package org.scoutfs.app.archive.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Small files and folders that are there after a loss of power once the call has returned. */
final class Durable {
    private Durable() {}

    /** Replaces a file as a whole: a reader sees the old or the new text. */
    static void replace(Path file, Path temporary, String text) throws IOException {
        try (FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        syncFolder(file.getParent());
    }

    /** Makes a folder and those above it, up to {@code top}, which exists. */
    static void makeFolder(@Nullable Path folder, Path top) throws IOException {
        if (folder == null || folder.equals(top) || Files.isDirectory(folder)) {
            return;
        }
        makeFolder(folder.getParent(), top);
        Files.createDirectories(folder);
        syncFolder(folder.getParent());
    }

    static void syncFolder(@Nullable Path folder) throws IOException {
        if (folder != null) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
