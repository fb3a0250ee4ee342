package org.scoutfs.bench;

import java.io.IOException;

/** A directory that the phases run on. */
interface Target extends AutoCloseable {
    /** Makes the directory; it must not exist. */
    void makeDirectory() throws IOException;

    /** Removes the directory, which is empty. */
    void removeDirectory() throws IOException;

    /** A session for one thread; it is closed before the target. */
    Session session() throws IOException;

    /** Writes out what earlier phases left dirty, so that the next one, on whichever target, does not pay for it. */
    void settle() throws IOException;

    @Override
    void close() throws IOException;
}
