package org.scoutfs.fuse;

import java.io.IOException;

/**
 * Looks whether something is mounted below our root. Dropping a name unmounts what lies below it as soon as somebody walks there, so
 * while there are such mounts names are not kept, and those the kernel still has are only marked as expired (spec 6 section 6.5). Mounts of
 * other mount namespaces cannot be seen.
 */
final class SubmountWatch {
    private static final System.Logger LOG = System.getLogger(SubmountWatch.class.getName());

    private final Session session;
    private final int mountId;

    /** @param mountId of our mount in mountinfo; 0 if it is not there, then nothing is watched */
    SubmountWatch(Session session, int mountId) {
        this.session = session;
        this.mountId = mountId;
    }

    /** Looks again. @return whether there are mounts below ours now */
    boolean check() {
        if (mountId == 0) {
            return false;
        }
        boolean present;
        try {
            present = MountTable.read().hasMountsBelow(mountId);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "cannot read the mount table: {0}", e.getMessage());
            return false;
        }
        if (present != session.submounts()) {
            session.submounts(present);
            LOG.log(
                    System.Logger.Level.INFO,
                    present
                            ? "something is mounted below this mount: the kernel keeps no names until it is gone"
                            : "nothing is mounted below this mount any more: the kernel keeps names again");
        }
        return present;
    }
}
