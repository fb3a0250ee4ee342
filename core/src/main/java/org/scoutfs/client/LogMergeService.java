package org.scoutfs.client;

import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeRequest;

/** Where log merge work comes from and goes to (spec 3 section 12). Both calls wait for the server. */
public interface LogMergeService {
    /** Work for this mount, or null if there is none now. */
    @Nullable
    LogMergeRequest getLogMerge() throws FsException;

    /** @throws FsException ENOENT if the server does not know the request any more: an answer was processed before */
    void commitLogMerge(LogMergeComplete complete) throws FsException;
}
