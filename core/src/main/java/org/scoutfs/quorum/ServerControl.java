package org.scoutfs.quorum;

/**
 * The server of this mount, as the agent sees it (spec 3 section 6). Called by the agent's thread, which heartbeats on: nothing here may
 * wait.
 */
public interface ServerControl {
    /** DOWN → STARTING → UP → STOPPING → DOWN, also STARTING → STOPPING. */
    enum State {
        DOWN,
        STARTING,
        /** All earlier leaders are fenced, and clients are accepted. */
        UP,
        STOPPING
    }

    /**
     * Begins to start the server for a term; called only while it is DOWN. On return the state is STARTING or later; a start that fails
     * ends in DOWN.
     */
    void start(long term);

    /** Begins to stop the server, if it is STARTING or UP. */
    void stop();

    State state();
}
