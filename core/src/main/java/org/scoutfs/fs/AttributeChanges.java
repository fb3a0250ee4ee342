package org.scoutfs.fs;

import org.jspecify.annotations.Nullable;
import org.scoutfs.format.Timespec;

/**
 * What a setattr asks for; null means unchanged.
 *
 * @param mode permission bits 07777 (type bits are ignored)
 * @param uid new owner
 * @param gid new group
 * @param size bytes, for a regular file
 * @param atime explicit time, or {@link #NOW}
 * @param mtime explicit time, or {@link #NOW}
 * @param ctime explicit time given by a kernel; null means now when anything changes
 * @param killSuidgid clear S_ISUID, and S_ISGID if group-executable, with this change
 */
public record AttributeChanges(
        @Nullable Integer mode,
        @Nullable Integer uid,
        @Nullable Integer gid,
        @Nullable Long size,
        @Nullable Timespec atime,
        @Nullable Timespec mtime,
        @Nullable Timespec ctime,
        boolean killSuidgid) {
    /** Compared by identity: the time of the moment when the change is made. */
    public static final Timespec NOW = new Timespec(0, -1);

    public static final AttributeChanges NONE = new AttributeChanges(null, null, null, null, null, null, null, false);

    public AttributeChanges withMode(int newMode) {
        return new AttributeChanges(newMode, uid, gid, size, atime, mtime, ctime, killSuidgid);
    }

    public AttributeChanges withOwner(@Nullable Integer newUid, @Nullable Integer newGid) {
        return new AttributeChanges(mode, newUid, newGid, size, atime, mtime, ctime, killSuidgid);
    }

    public AttributeChanges withSize(long newSize) {
        return new AttributeChanges(mode, uid, gid, newSize, atime, mtime, ctime, killSuidgid);
    }

    public AttributeChanges withTimes(@Nullable Timespec newAtime, @Nullable Timespec newMtime) {
        return new AttributeChanges(mode, uid, gid, size, newAtime, newMtime, ctime, killSuidgid);
    }
}
