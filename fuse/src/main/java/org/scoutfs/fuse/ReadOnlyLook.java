package org.scoutfs.fuse;

import java.io.IOException;

/**
 * Whether our mount is shown read-only. The kernel does not test that for ioctls, and a remount is to be seen in the mount table only (spec 5
 * section 2.3). Other places where the volume is bound to are not looked at: a request does not tell through which of them it came.
 */
final class ReadOnlyLook {
    private final int mountId;
    private final boolean atFirst;

    /** @param mountId of our mount in mountinfo; 0 if it is not there */
    ReadOnlyLook(int mountId, FuseOptions options) {
        this.mountId = mountId;
        this.atFirst = (options.mountFlags() & NativeCalls.MS_RDONLY) != 0;
    }

    /** Looks each time. */
    boolean isReadOnly() {
        try {
            MountTable.Entry entry = MountTable.read().withId(mountId);
            return entry == null ? atFirst : entry.readOnly();
        } catch (IOException e) {
            return atFirst;
        }
    }
}
