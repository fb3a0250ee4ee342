package org.scoutfs.quorum;

/** A server that changes its state when the test says so, or at once. Safe for all threads. */
final class ScriptedServer implements ServerControl {
    private boolean prompt;
    private State state = State.DOWN;
    private long term;
    private int starts;
    private int stops;

    /** @param prompt whether starting and stopping succeed at once; else they end when the test calls {@link #become} */
    ScriptedServer(boolean prompt) {
        this.prompt = prompt;
    }

    @Override
    public synchronized void start(long startTerm) {
        if (state != State.DOWN) {
            throw new IllegalStateException("started while " + state);
        }
        term = startTerm;
        starts++;
        state = prompt ? State.UP : State.STARTING;
    }

    @Override
    public synchronized void stop() {
        stops++;
        if (state == State.STARTING || state == State.UP) {
            state = prompt ? State.DOWN : State.STOPPING;
        }
    }

    @Override
    public synchronized State state() {
        return state;
    }

    /** From now on what is begun ends at once, also what was begun before. */
    synchronized void finishAtOnce() {
        prompt = true;
        if (state == State.STOPPING) {
            state = State.DOWN;
        }
    }

    synchronized void become(State next) {
        state = next;
    }

    synchronized long term() {
        return term;
    }

    synchronized int starts() {
        return starts;
    }

    synchronized int stops() {
        return stops;
    }
}
