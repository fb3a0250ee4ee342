package org.scoutfs.server;

import java.util.Optional;
import org.scoutfs.alloc.AllocLevels;
import org.scoutfs.alloc.AllocatorList;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.error.FsException;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.SrchFile;
import org.scoutfs.srch.SrchCompactions;

/** Gives srch compactions to mounts and takes them back, with the blocks they need (spec 2 section 10, spec 3 section 12). */
final class SrchService {
    private final ServerVolume volume;
    private final ServerItems items;
    private final ServerChanges changes;
    private final SrchCompactions compactions;

    SrchService(ServerContext context, Counters counters, Triggers triggers) {
        this.volume = context.volume();
        this.items = context.items();
        this.changes = context.changes();
        this.compactions = new SrchCompactions(counters, triggers);
    }

    /** Work for a mount, stable on return; {@link SrchCompact#EMPTY} if there is none. */
    SrchCompact get(long rid) throws FsException {
        Optional<SrchCompact> work = changes.commitIf(
                () -> {
                    items.requireMounted(rid);
                    return Optional.ofNullable(compactions.begin(volume.srch, rid, this::refill));
                },
                Optional::isPresent);
        return work.orElse(SrchCompact.EMPTY);
    }

    /**
     * Takes the result of a round.
     *
     * @throws FsException ENOENT if the mount does not have this compaction
     */
    void commit(long rid, SrchCompact result) throws FsException {
        changes.commit(() -> {
            compactions.commit(volume.srch, rid, result, this::takeBack);
            return true;
        });
    }

    /** A mount is gone: its compactions wait for another. A commit is held. */
    void cancel(long rid) throws FsException {
        compactions.cancel(volume.srch, rid);
    }

    /**
     * Moves a mount's srch log to the volume's files if it has grown enough, or if {@code force} and it has anything. A commit is held.
     *
     * @return what to store as the mount's log
     */
    SrchFile rotate(SrchFile log, boolean force) throws FsException {
        return compactions.rotate(volume.srch, log, force);
    }

    private void refill(AllocatorList avail, AllocatorList freed) throws FsException {
        volume.fill(avail, AllocLevels.META_FILL_LOW, AllocLevels.META_FILL_TARGET);
        volume.takeOver(freed);
    }

    private void takeBack(AllocatorList avail, AllocatorList freed) throws FsException {
        volume.takeOver(avail);
        volume.takeOver(freed);
    }
}
