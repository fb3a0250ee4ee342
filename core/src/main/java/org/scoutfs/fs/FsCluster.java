package org.scoutfs.fs;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;

/** What the file system asks of the server (spec 3 section 5); implemented by the mount over its client. */
public interface FsCluster {
    /** A batch of inode numbers nobody has had: {@code first..first+count-1}. */
    record InoRange(long first, long count) {}

    /** @return at least one number; fails with ENOSPC when there are none left */
    InoRange allocateInodes(long count) throws FsException;

    /**
     * The inodes of {@code group} (ino >> 10) that other mounts have cached, 1024 bits in 16 words, bit n of word n/64 for ino
     * group * 1024 + n.
     */
    long[] openInodeMap(long group) throws FsException;

    StatfsResult statfs() throws FsException;

    /** The next orphan in the committed fs tree at or after {@code ino}, 0 if there is none; log trees are not looked at. */
    long nextCommittedOrphan(long ino) throws FsException;

    /** The greatest seq at or below which no transaction of any mount is open. */
    long lastStableSeq() throws FsException;

    /**
     * The least committed key at or after {@code key} in any tree, deletions included, null if there is none: a hint where to look under
     * a lock.
     */
    @Nullable
    Key nextCommittedKey(Key key) throws FsException;

    /**
     * Makes the volume use more of its devices; durable on return.
     *
     * @param metaBlocks new total of 64 KiB blocks, 0 to leave it
     * @param dataBlocks new total of 4 KiB blocks, 0 to leave it
     * @throws FsException EINVAL if one would shrink or is more than the device has
     */
    void resizeDevices(long metaBlocks, long dataBlocks) throws FsException;
}
