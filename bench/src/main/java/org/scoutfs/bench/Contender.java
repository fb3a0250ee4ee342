package org.scoutfs.bench;

import java.io.IOException;
import java.util.List;

/** One of the things compared: a directory with its worker processes, or an embedded volume. */
interface Contender extends AutoCloseable {
    String name();

    /** Makes the directory and what runs the phases, of which {@code total} is the work of all workers together. */
    void begin(Shape total) throws IOException;

    Outcome run(Phase phase) throws IOException;

    /** Writes out what is dirty, untimed. */
    void settle() throws IOException;

    /** Removes all files that {@code phases} left, and the directory. */
    void end(List<Phase> phases) throws IOException;

    @Override
    void close() throws IOException;
}
