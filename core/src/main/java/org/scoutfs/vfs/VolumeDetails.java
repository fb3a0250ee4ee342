package org.scoutfs.vfs;

import java.util.List;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/** What tools ask about the volume and the mount beyond statfs (spec 5 section 2.5, numbers 10 and 12). */
public interface VolumeDetails {
    /** Of a file system that is no ScoutFS volume: ENOTTY, as an unknown ioctl. */
    VolumeDetails NONE = new VolumeDetails() {
        @Override
        public StatfsMore statfsMore() throws FsException {
            throw new FsException(Errno.ENOTTY);
        }

        @Override
        public List<AllocEntry> allocDetail() throws FsException {
            throw new FsException(Errno.ENOTTY);
        }
    };

    /**
     * @param committedSeq the newest seq at or below which no mount has an open transaction
     * @param totalMetaBlocks of 64 KiB
     * @param totalDataBlocks of 4 KiB
     * @param reservedMetaBlocks of 64 KiB, not for files
     */
    record StatfsMore(
            long fsid,
            long rid,
            long committedSeq,
            long totalMetaBlocks,
            long totalDataBlocks,
            long reservedMetaBlocks) {}

    /**
     * Free space in one place.
     *
     * @param id 0 the volume, 1 the server, else a rid or a compaction's id
     * @param blocks of 64 KiB if {@code meta}, else of 4 KiB
     * @param avail to allocate from, else freed and not yet to be used again
     */
    record AllocEntry(long id, long blocks, boolean meta, boolean avail) {}

    StatfsMore statfsMore() throws FsException;

    /** All places with free space, of the last committed state. */
    List<AllocEntry> allocDetail() throws FsException;
}
