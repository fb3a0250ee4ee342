package org.scoutfs.app.archive;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import org.scoutfs.host.HostClock;
import org.scoutfs.host.HostTimer;
import org.scoutfs.host.WallTime;

/** A clock that stands until the test moves it. */
final class AdjustableClock implements HostClock {
    private long seconds = 1_000_000;

    void pass(long more) {
        seconds += more;
    }

    long seconds() {
        return seconds;
    }

    @Override
    public long nanoTime() {
        return seconds * 1_000_000_000L;
    }

    @Override
    public WallTime wallTime() {
        return new WallTime(seconds, 0);
    }

    @Override
    public WallTime coarseWallTime() {
        return wallTime();
    }

    @Override
    public void sleep(long nanos) {
        throw new UnsupportedOperationException("nothing here sleeps");
    }

    @Override
    public long awaitNanos(Lock lock, Condition condition, long nanos) {
        throw new UnsupportedOperationException("nothing here waits");
    }

    @Override
    public HostTimer schedule(String name, long delayNanos, Runnable task) {
        throw new UnsupportedOperationException("nothing here has timers");
    }
}
