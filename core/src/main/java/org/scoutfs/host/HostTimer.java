package org.scoutfs.host;

/** A task that waits for its time. */
public interface HostTimer {
    /**
     * Takes the task back. Safe for all threads and as often as one likes.
     *
     * @return true: this call took it back, it will never run; false: it was started, or taken back before. It may still be running.
     */
    boolean cancel();
}
