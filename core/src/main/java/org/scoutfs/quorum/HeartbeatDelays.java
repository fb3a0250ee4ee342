package org.scoutfs.quorum;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How late heartbeats are sent by a leader or received by a follower (spec 3 section 3.9): time between two consecutive passes of the
 * agent that both saw one. Any other pass begins anew. Used by the agent's thread.
 */
final class HeartbeatDelays {
    private static final int MAX_SECONDS = 60;
    /** New maxima from here on are logged. */
    private static final long LOGGED_SECONDS = 3;

    private static final Logger LOG = System.getLogger("org.scoutfs.quorum");

    private final long[] counts = new long[MAX_SECONDS];
    private final long[] lastNanos = new long[MAX_SECONDS];
    private @Nullable Kind last;
    private long since;
    private long longestSeconds;

    /** What a pass did with a heartbeat. */
    enum Kind {
        SEND("send"),
        RECV("recv");

        private final String text;

        Kind(String text) {
            this.text = text;
        }
    }

    /** Begins anew and forgets all delays. */
    void clear() {
        Arrays.fill(counts, 0);
        last = null;
        longestSeconds = 0;
    }

    /** Notes a pass; {@code kind} is null if there was no heartbeat in it. */
    void pass(@Nullable Kind kind, long now) {
        if (kind != null && kind == last) {
            note(TimeUnit.NANOSECONDS.toSeconds(now - since), kind, now);
        }
        last = kind;
        since = now;
    }

    private void note(long seconds, Kind kind, long now) {
        if (seconds < 1) {
            return;
        }
        int bucket = (int) Math.min(seconds, MAX_SECONDS - 1);
        counts[bucket]++;
        lastNanos[bucket] = now;
        if (seconds > longestSeconds) {
            longestSeconds = seconds;
            if (seconds >= LOGGED_SECONDS) {
                LOG.log(Level.INFO, "longest quorum heartbeat {0} delay of {1} sec", kind.text, seconds);
            }
        }
    }

    /** Delays seen, shortest first. */
    List<QuorumStatus.Delay> list() {
        List<QuorumStatus.Delay> delays = new ArrayList<>();
        for (int seconds = 1; seconds < MAX_SECONDS; seconds++) {
            if (counts[seconds] > 0) {
                delays.add(new QuorumStatus.Delay(seconds, counts[seconds], lastNanos[seconds]));
            }
        }
        return delays;
    }
}
