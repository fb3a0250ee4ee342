package org.scoutfs.block;

import java.util.concurrent.CountDownLatch;

/** Waits that last as long as a transfer and are not cut short. */
final class Waiting {
    private Waiting() {}

    /** Waits for the latch; an interrupt stays pending. */
    static void uninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
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
