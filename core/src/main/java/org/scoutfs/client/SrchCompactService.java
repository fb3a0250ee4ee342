package org.scoutfs.client;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.format.SrchCompact;

/** Where srch compaction work comes from and goes to (spec 3 section 12). Both calls wait for the server. */
public interface SrchCompactService {
    /** Work for this mount, or null if there is none now. */
    @Nullable
    SrchCompact srchGetCompact() throws FsException;

    /** @throws FsException ENOENT if the server does not know the compaction any more: an answer was processed before */
    void srchCommitCompact(SrchCompact answer) throws FsException;
}
