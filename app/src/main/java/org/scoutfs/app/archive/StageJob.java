package org.scoutfs.app.archive;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.app.archive.store.DamagedObjectException;
import org.scoutfs.app.archive.store.StoredObject;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.HostClock;

/**
 * Brings one file back, part by part, each verified before it is written. One thread at a time; {@link #want} by any.
 *
 * <p>It works in slices, so that a few large files do not keep all threads from the small ones.
 */
final class StageJob {
    private static final int BLOCK = 4096;
    private static final int SLICE_PARTS = 32;
    private static final int ROUNDS_MAX = 3;

    /** How a slice ended. */
    enum Outcome {
        /** Nothing of the file is offline that the archive has. */
        DONE,
        /** There is more to do. */
        AGAIN,
        STOPPED
    }

    private final Volume volume;
    private final ArchiveStore store;
    private final Locator locator;
    private final HostClock clock;
    private final AgentLog log;
    private final BooleanSupplier stop;
    private final long ino;

    private volatile long wantedByte;
    private @Nullable StagePlan plan;
    private long plannedVersion;
    private int rounds;
    private @Nullable String damage;

    /** @param wantedByte what is needed first */
    StageJob(
            Volume volume,
            ArchiveStore store,
            HostClock clock,
            AgentLog log,
            BooleanSupplier stop,
            long ino,
            long wantedByte) {
        this.volume = volume;
        this.store = store;
        this.locator = new Locator(store);
        this.clock = clock;
        this.log = log;
        this.stop = stop;
        this.ino = ino;
        this.wantedByte = wantedByte;
    }

    long ino() {
        return ino;
    }

    /** Somebody waits for this place. */
    void want(long offset) {
        wantedByte = offset;
    }

    /** Why some of it cannot come back; null if all can. */
    @Nullable
    String damage() {
        return damage;
    }

    /**
     * Does some of the work.
     *
     * @throws DamagedObjectException if the archive has nothing of it
     * @throws IOException if the store does not answer
     * @throws FsException if the volume does not take it; ESTALE if the file has no name any more, or has changed, and then it is to be
     *     looked at again
     */
    Outcome slice() throws IOException, FsException {
        try (VolumeFile file = volume.open(ino, Volume.Access.WRITE)) {
            VolumeFile.State state = file.state();
            if (!state.regular() || state.offline() == 0) {
                return Outcome.DONE;
            }
            try (StoredObject object = locator.open(ino, file, state);
                    Arena arena = Arena.ofConfined()) {
                return slice(file, state, object, arena);
            }
        }
    }

    private Outcome slice(VolumeFile file, VolumeFile.State state, StoredObject object, Arena arena)
            throws IOException, FsException {
        StagePlan parts = plan;
        if (parts == null || plannedVersion != state.version()) {
            parts = new StagePlan(ArchiveStore.PART_BYTES, Math.min(object.size(), state.size()));
            plan = parts;
            plannedVersion = state.version();
        }
        MemorySegment buffer = arena.allocate(Math.min(ArchiveStore.PART_BYTES, object.size() + BLOCK & -BLOCK), BLOCK);
        for (int i = 0; i < SLICE_PARTS; i++) {
            long wanted = wantedByte;
            wantedByte = -1;
            int part = parts.next(wanted);
            if (part < 0) {
                break;
            }
            if (stop.getAsBoolean()) {
                return Outcome.STOPPED;
            }
            stagePart(file, state, object, part, buffer);
            parts.done(part);
        }
        if (!parts.isDone()) {
            return Outcome.AGAIN;
        }
        if (damage != null) {
            return Outcome.DONE;
        }
        markUsed(object);
        VolumeFile.State now = file.state();
        if (now.offline() > 0 && now.version() == state.version()) {
            return onceMore(now);
        }
        log.count(AgentCount.FILES_STAGED, 1);
        return Outcome.DONE;
    }

    /** Somebody has released it while it came back. */
    private Outcome onceMore(VolumeFile.State state) throws FsException {
        plan = null;
        if (++rounds < ROUNDS_MAX) {
            return Outcome.AGAIN;
        }
        throw new FsException(
                Errno.EAGAIN,
                state.offline() + " blocks are offline although all was staged " + rounds
                        + " times: something else releases it");
    }

    /** One damaged part does not keep the others from coming back. */
    private void stagePart(VolumeFile file, VolumeFile.State state, StoredObject object, int part, MemorySegment buffer)
            throws IOException, FsException {
        long offset = (long) part * ArchiveStore.PART_BYTES;
        MemorySegment contents;
        try {
            contents = object.readPart(part, buffer);
        } catch (DamagedObjectException e) {
            damage = e.getMessage();
            int failed = volume.failWaiting(ino, offset, ArchiveStore.PART_BYTES);
            log.count(AgentCount.WAITS_FAILED, failed);
            log.problem("cannot stage part of " + volume.name(ino) + ", " + failed + " waiting operations fail: "
                    + e.getMessage());
            return;
        }
        long bytes = Math.min(contents.byteSize(), state.size() - offset);
        if (offset + bytes < state.size() && bytes % BLOCK != 0) {
            // the file has grown since: what follows in this block is zero
            long whole = bytes + BLOCK - 1 & -BLOCK;
            buffer.asSlice(bytes, whole - bytes).fill((byte) 0);
            bytes = Math.min(whole, state.size() - offset);
        }
        stageData(file, state.version(), offset, buffer.asSlice(0, bytes));
    }

    /** All but the holes: staging would give them blocks. */
    private void stageData(VolumeFile file, long version, long offset, MemorySegment bytes) throws FsException {
        long end = offset + bytes.byteSize();
        for (long at = offset; at < end; ) {
            long data = file.nextData(at);
            if (data < 0 || data >= end) {
                return;
            }
            long hole = file.nextHole(data);
            long until = hole < 0 ? end : Math.min(end, hole);
            file.stage(version, data, bytes.asSlice(data - offset, until - data));
            log.count(AgentCount.BYTES_STAGED, until - data);
            at = until;
        }
    }

    private void markUsed(StoredObject object) {
        try {
            object.used(FileTime.from(clock.wallTime().seconds(), TimeUnit.SECONDS));
        } catch (IOException e) {
            log.problem("the store does not keep times, staged files may be released again soon: " + e.getMessage());
        }
    }
}
