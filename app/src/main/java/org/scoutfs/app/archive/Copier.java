package org.scoutfs.app.archive;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.app.archive.store.ObjectName;
import org.scoutfs.app.archive.store.ObjectWriter;
import org.scoutfs.error.FsException;

/** Copies the contents of one file at one version into the store. Threads may share it; each copy has a buffer of one part. */
final class Copier {
    private final ArchiveStore store;
    private final BooleanSupplier stop;

    /** @param stop when true, copies end without a result */
    Copier(ArchiveStore store, BooleanSupplier stop) {
        this.store = store;
        this.stop = stop;
    }

    /**
     * @return the object; null if the file changed meanwhile, or it is to stop
     * @throws IOException if the store cannot be written
     * @throws FsException if the file cannot be read
     */
    @Nullable
    ObjectName copy(long ino, VolumeFile file, VolumeFile.State state) throws IOException, FsException {
        try (Arena arena = Arena.ofConfined();
                ObjectWriter writer = store.write()) {
            MemorySegment buffer = arena.allocate(Math.min(ArchiveStore.PART_BYTES, state.size()), 4096);
            for (long at = 0; at < state.size(); at += ArchiveStore.PART_BYTES) {
                MemorySegment part = buffer.asSlice(0, Math.min(ArchiveStore.PART_BYTES, state.size() - at));
                if (stop.getAsBoolean() || !fill(file, at, part)) {
                    return null;
                }
                writer.part(part);
            }
            // once before the object gets its name, so that most changes leave nothing in the store
            if (file.state().version() != state.version()) {
                return null;
            }
            return writer.finish(ino, state.version());
        }
    }

    /** Holes are not read: of a large sparse file that alone would take hours. @return false if the file has become shorter */
    private static boolean fill(VolumeFile file, long offset, MemorySegment part) throws FsException {
        long data = file.nextData(offset);
        if (data < 0 || data >= offset + part.byteSize()) {
            part.fill((byte) 0);
            return true;
        }
        for (long done = 0; done < part.byteSize(); ) {
            int count = file.read(offset + done, part.asSlice(done));
            if (count == 0) {
                return false;
            }
            done += count;
        }
        return true;
    }
}
