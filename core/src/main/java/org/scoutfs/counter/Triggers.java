package org.scoutfs.counter;

import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One-shot switches of one mount for tests (spec 2 section 13): armed from outside, consumed by the first test of the condition.
 *
 * <p>Any thread may use it. While nothing is armed a test costs one read of a field that nobody writes.
 */
public final class Triggers {
    private final ConcurrentHashMap<String, Boolean> armed = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();

    /** Makes the next {@link #fire} of this name return true. Arming twice before it fires is arming once. */
    public void arm(String name) {
        if (armed.putIfAbsent(name, Boolean.TRUE) == null) {
            count.incrementAndGet();
        }
    }

    /** Takes back an {@link #arm} that has not fired. */
    public void disarm(String name) {
        fire(name);
    }

    /** Whether the name was armed; it is not any more. Of several threads that test at once, one gets true. */
    public boolean fire(String name) {
        if (count.get() == 0 || armed.remove(name) == null) {
            return false;
        }
        count.decrementAndGet();
        return true;
    }

    /** Whether the name is armed and has not fired. */
    public boolean isArmed(String name) {
        return armed.containsKey(name);
    }

    /** Names armed now, a copy. */
    public SortedSet<String> armed() {
        return new TreeSet<>(armed.keySet());
    }
}
