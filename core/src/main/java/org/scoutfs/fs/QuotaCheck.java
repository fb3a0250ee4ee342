package org.scoutfs.fs;

import org.scoutfs.error.FsException;

/** Quota rules (spec 4 section 11.3); implemented by the xattr layer. */
public interface QuotaCheck {
    int OP_INODE = 0;
    int OP_DATA = 1;

    /**
     * EDQUOT if a rule forbids it. Called under inode group locks, before zone locks and a hold; may take the quota lock in READ and
     * gives it back.
     */
    void check(int op, long project, int uid, int gid) throws FsException;

    /** The quota lock is being given up: rules and results must be read again. Must not take locks. */
    void invalidate();
}
