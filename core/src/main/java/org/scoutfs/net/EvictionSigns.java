package org.scoutfs.net;

import java.util.concurrent.TimeUnit;

/**
 * Counts what tells a client that the cluster has given its mount up (spec 3 section 4.6, R32): greetings that lead to nothing, in a row and
 * from the server of one term. Used by the connecting thread.
 */
final class EvictionSigns {
    private static final int ENOUGH = 3;

    /** A connection that ends sooner after its greeting was closed because of the greeting. */
    private static final long AT_ONCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private long term;
    private int greetedAndClosed;
    private int refused;

    /**
     * A connection whose greeting was answered has ended.
     *
     * @param silent whether no message followed the greeting
     * @param nanos how long it lasted after the greeting
     */
    void ended(long serverTerm, boolean silent, long nanos) {
        look(serverTerm);
        refused = 0;
        greetedAndClosed = silent && nanos < AT_ONCE_NANOS ? greetedAndClosed + 1 : 0;
    }

    /** A connection was closed instead of an answer to the greeting. */
    void unanswered(long serverTerm) {
        look(serverTerm);
        refused++;
    }

    /** The server greets and closes: it has forgotten this mount. */
    boolean isForgotten() {
        return greetedAndClosed >= ENOUGH;
    }

    /** The server refuses greetings: this mount may be fenced, its item on the device will tell. True once for each such row. */
    boolean takeRefusal() {
        if (refused < ENOUGH) {
            return false;
        }
        refused = 0;
        return true;
    }

    private void look(long serverTerm) {
        if (serverTerm != term) {
            term = serverTerm;
            greetedAndClosed = 0;
            refused = 0;
        }
    }
}
