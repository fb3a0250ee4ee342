package org.scoutfs.counter;

import java.util.concurrent.atomic.LongAdder;

/** One monotonically increasing count. Any thread may add to it. */
public final class Counter {
    private final String name;
    private final LongAdder count = new LongAdder();

    Counter(String name) {
        this.name = name;
    }

    public String name() {
        return name;
    }

    public void increment() {
        count.increment();
    }

    public void add(long amount) {
        count.add(amount);
    }

    /** The sum now; adds that run at the same time may or may not be in it. */
    public long get() {
        return count.sum();
    }
}
