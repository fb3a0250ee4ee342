package org.scoutfs.server;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.scoutfs.format.InetAddr;
import org.scoutfs.host.HostTimer;

/**
 * Asks whoever can switch machines off to make sure that a mount never writes to the volume's devices again (spec 3 section 11.1).
 *
 * <p>Pending until fenced or failed, both final. Any thread may ask and set.
 */
public final class FenceRequest {
    /** Why a mount is fenced. */
    public enum Reason {
        /** It led the volume before and has not stopped. */
        QUORUM_BLOCK_LEADER("quorum_block_leader"),
        /** It did not come back to a new server in time. */
        CLIENT_RECOVERY("client_recovery"),
        /** It lost its connection and did not come back in time. */
        CLIENT_RECONNECT("client_reconnect");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        /** The name that fence agents are shown. */
        public String text() {
            return text;
        }
    }

    /** How far it is. */
    public enum State {
        PENDING,
        FENCED,
        ERROR
    }

    private final FenceRequests owner;
    private final long rid;
    private final InetAddr addr;
    private final Reason reason;
    private final long startNanos;

    // Guarded by the owner's lock.
    private State state = State.PENDING;
    private @Nullable HostTimer timer;

    FenceRequest(FenceRequests owner, long rid, InetAddr addr, Reason reason, long startNanos) {
        this.owner = owner;
        this.rid = rid;
        this.addr = addr;
        this.reason = reason;
        this.startNanos = startNanos;
    }

    /** The mount. */
    public long rid() {
        return rid;
    }

    /** Where it was last seen; the port means nothing. */
    public InetAddr addr() {
        return addr;
    }

    public Reason reason() {
        return reason;
    }

    /** Whole seconds since it was made. */
    public long elapsedSeconds() {
        return TimeUnit.NANOSECONDS.toSeconds(owner.nanoTime() - startNanos);
    }

    public State state() {
        return owner.state(this);
    }

    /** The mount is fenced. Without effect if the request was answered before or its server has stopped. */
    public void setFenced() {
        owner.answer(this, State.FENCED);
    }

    /** The mount cannot be fenced: the server gives up. Without effect if the request was answered before or its server has stopped. */
    public void setError() {
        owner.answer(this, State.ERROR);
    }

    State stateLocked() {
        return state;
    }

    void answerLocked(State answer) {
        state = answer;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    void setTimerLocked(HostTimer value) {
        timer = value;
    }

    @Override
    public String toString() {
        return "fence request for mount %016x at %s, %s".formatted(rid, addr.dotted(), reason.text());
    }
}
