package org.scoutfs.server;

import java.util.concurrent.locks.ReentrantLock;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.VolumeOptions;

/**
 * Options that all mounts share (spec 3 section 5.8). What is read and obeyed is what is stable (race R63). Any thread; changes come one
 * after the other, under a lock that is taken before the commit is held.
 */
final class VolumeOptionsService {
    private final ServerVolume volume;
    private final ServerChanges changes;
    private final ReentrantLock changing = new ReentrantLock();
    private volatile VolumeOptions current;

    VolumeOptionsService(ServerContext context) {
        this.volume = context.volume();
        this.changes = context.changes();
        this.current = volume.stable().volumeOptions();
    }

    /** The options now. */
    VolumeOptions current() {
        return current;
    }

    /**
     * Sets the options that are set in {@code wanted}.
     *
     * @throws FsException EINVAL if one does not exist or cannot have its value
     */
    void set(VolumeOptions wanted) throws FsException {
        requireKnown(wanted);
        change(present -> {
            if (!wanted.isSet(VolumeOptions.DATA_ALLOC_ZONE_BLOCKS)) {
                return present;
            }
            long zoneBlocks = wanted.value(VolumeOptions.DATA_ALLOC_ZONE_BLOCKS);
            var problem =
                    VolumeOptions.zoneBlocksProblem(zoneBlocks, volume.dirty().totalDataBlocks());
            if (problem.isPresent()) {
                throw new FsException(Errno.EINVAL, problem.get());
            }
            return present.with(VolumeOptions.DATA_ALLOC_ZONE_BLOCKS, zoneBlocks);
        });
    }

    /**
     * Unsets the options that are set in {@code wanted}.
     *
     * @throws FsException EINVAL if one does not exist
     */
    void clear(VolumeOptions wanted) throws FsException {
        requireKnown(wanted);
        change(present -> wanted.isSet(VolumeOptions.DATA_ALLOC_ZONE_BLOCKS)
                ? present.without(VolumeOptions.DATA_ALLOC_ZONE_BLOCKS)
                : present);
    }

    private interface Edit {
        VolumeOptions of(VolumeOptions present) throws FsException;
    }

    private void change(Edit edit) throws FsException {
        changing.lock();
        try {
            VolumeOptions before = current;
            boolean stable = false;
            try {
                current = changes.commit(() -> {
                    VolumeOptions next = edit.of(before);
                    volume.dirty().setVolumeOptions(next);
                    return next;
                });
                stable = true;
            } finally {
                if (!stable) {
                    changes.look(() -> {
                        volume.dirty().setVolumeOptions(before);
                        return before;
                    });
                }
            }
        } finally {
            changing.unlock();
        }
    }

    private static void requireKnown(VolumeOptions wanted) throws FsException {
        if ((wanted.setBits() & ~VolumeOptions.KNOWN_BITS) != 0) {
            throw new FsException(Errno.EINVAL, "unknown volume options " + Long.toHexString(wanted.setBits()));
        }
    }
}
