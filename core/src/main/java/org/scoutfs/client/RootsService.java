package org.scoutfs.client;

import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.Roots;

/** Where readers of the shared trees get the last stable roots from. */
@FunctionalInterface
public interface RootsService {
    /** Roots of the server's last completed commit, asked for after this call began. Waits for the server. */
    Roots getRoots() throws FsException;
}
