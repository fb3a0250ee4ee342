package org.scoutfs.app.archive;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.scoutfs.app.Failures;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.app.archive.store.DamagedObjectException;
import org.scoutfs.app.archive.store.StoredObject;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.ArchiveQueries.SeqEntry;

/** Reads back what the records of files name and compares checksums. One thread. */
final class Verifier {
    private static final int BATCH = 1024;

    private final Volume volume;
    private final ArchiveStore store;
    private final Locator locator;
    private final AgentLog log;

    private long verified;
    private long bytes;
    private long unarchived;
    private long damaged;

    Verifier(Volume volume, ArchiveStore store, AgentLog log) {
        this.volume = volume;
        this.store = store;
        this.locator = new Locator(store);
        this.log = log;
    }

    /** All files of the volume, in the order of their changes. */
    void verifyAll() throws FsException, IOException {
        List<SeqEntry> batch = volume.changed(new SeqEntry(0, 0), BATCH);
        while (!batch.isEmpty()) {
            for (SeqEntry entry : batch) {
                verify(entry.ino());
            }
            SeqEntry last = batch.getLast();
            batch = volume.changed(new SeqEntry(last.seq(), last.ino() + 1), BATCH);
        }
    }

    /** What a file would come back from; of a file that is online and has changed since, what its record names. */
    void verify(long ino) throws FsException, IOException {
        try (VolumeFile file = volume.open(ino, Volume.Access.READ)) {
            VolumeFile.State state = file.state();
            if (!state.regular() || state.size() == 0) {
                return;
            }
            ArchiveRecord record = ArchiveRecord.parse(file.record());
            boolean ours = record != null && record.isFor(ino, store.id());
            if (state.offline() == 0 && (!ours || record == null || !record.covers(state))) {
                unarchived++;
                return;
            }
            try (StoredObject object = locator.open(ino, file, state);
                    Arena arena = Arena.ofConfined()) {
                read(object, arena.allocate(ArchiveStore.PART_BYTES));
            }
        } catch (DamagedObjectException e) {
            damaged++;
            log.problem(volume.name(ino) + ": " + e.getMessage());
        } catch (FsException e) {
            if (e.errno() != Errno.ESTALE && e.errno() != Errno.ENOENT) {
                throw new FsException(
                        e.errno(), "cannot look at " + volume.name(ino) + ": " + Failures.text(e.errno()), e);
            }
        }
    }

    private void read(StoredObject object, MemorySegment buffer) throws IOException {
        for (int part = 0; part < object.parts(); part++) {
            bytes += object.readPart(part, buffer).byteSize();
            log.progress("verified " + verified + " objects, " + bytes / 1_000_000 + " MB");
        }
        verified++;
    }

    long damaged() {
        return damaged;
    }

    String summary() {
        return "verified " + verified + " objects, " + bytes + " bytes; damaged or missing " + damaged
                + "; not archived at their present version " + unarchived;
    }
}
