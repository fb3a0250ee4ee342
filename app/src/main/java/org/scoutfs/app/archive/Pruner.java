package org.scoutfs.app.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.app.archive.store.ObjectName;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.HostClock;

/**
 * Removes objects that no file can come back from: its inode does not exist any more, or neither its record nor its present version names
 * the object. Objects that are young stay: their record may be about to be written. One thread.
 */
final class Pruner {
    private final Volume volume;
    private final ArchiveStore store;
    private final HostClock clock;
    private final AgentLog log;
    private final long minAgeSeconds;
    private final boolean dryRun;

    private long kept;
    private long removed;
    private long removedBytes;

    Pruner(Volume volume, ArchiveStore store, HostClock clock, AgentLog log, long minAgeSeconds, boolean dryRun) {
        this.volume = volume;
        this.store = store;
        this.clock = clock;
        this.log = log;
        this.minAgeSeconds = minAgeSeconds;
        this.dryRun = dryRun;
    }

    void prune() throws FsException, IOException {
        store.forEachFolder(this::pruneFolder);
        for (Path temporary : store.temporaries()) {
            removeIfOld(temporary);
        }
    }

    private void pruneFolder(List<ObjectName> names) throws FsException, IOException {
        for (ObjectName name : names) {
            if (isNeeded(name)) {
                kept++;
            } else {
                removeIfOld(store.path(name));
            }
        }
        log.progress("kept " + kept + " objects, removed " + removed);
    }

    private boolean isNeeded(ObjectName name) throws FsException {
        // also says yes to an inode without a name that is still in use: it may get one
        if (Arrays.binarySearch(volume.group(name.ino()), name.ino()) < 0) {
            return false;
        }
        try (VolumeFile file = volume.open(name.ino(), Volume.Access.READ)) {
            ArchiveRecord record = ArchiveRecord.parse(file.record());
            return (record != null && record.object().equals(name))
                    || file.state().version() == name.version();
        } catch (FsException e) {
            if (e.errno() == Errno.ESTALE || e.errno() == Errno.ENOENT) {
                return true;
            }
            throw e;
        }
    }

    private void removeIfOld(Path path) throws IOException {
        try {
            long age =
                    clock.wallTime().seconds() - Files.getLastModifiedTime(path).to(TimeUnit.SECONDS);
            if (age < minAgeSeconds) {
                kept++;
                return;
            }
            removedBytes += Files.size(path);
            removed++;
            if (dryRun) {
                log.plain("would remove " + path);
            } else {
                Files.delete(path);
            }
        } catch (NoSuchFileException e) {
            // a writer has finished it or given it up
        }
    }

    String summary() {
        return (dryRun ? "would remove " : "removed ") + removed + " objects, " + removedBytes + " bytes; kept " + kept;
    }
}
