package org.scoutfs.counter;

import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** The counters of one mount by name. Safe for all threads; look a counter up once and keep it. */
public final class Counters {
    private final ConcurrentSkipListMap<String, Counter> counters = new ConcurrentSkipListMap<>();
    private final Set<Corruption> reported = ConcurrentHashMap.newKeySet();

    /** The counter of this name, made on first use; the same object for the same name. */
    public Counter get(String name) {
        return counters.computeIfAbsent(name, Counter::new);
    }

    /** Whether nothing of this kind was reported before. */
    boolean isFirst(Corruption kind) {
        return reported.add(kind);
    }

    /** Present values in name order, a copy. */
    public SortedMap<String, Long> snapshot() {
        SortedMap<String, Long> values = new TreeMap<>();
        counters.forEach((name, counter) -> values.put(name, counter.get()));
        return values;
    }
}
