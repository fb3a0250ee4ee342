package org.scoutfs.net;

/** Waiting for a thread to end, which nothing here may give up. */
final class Threads {
    private Threads() {}

    /** Waits until the thread has ended; an interrupt is noted and kept for the caller. */
    static void join(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
