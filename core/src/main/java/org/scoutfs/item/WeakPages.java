package org.scoutfs.item;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.scoutfs.format.Key;

/** The pages of a {@link WeakItemCache}: never overlapping, dropped when they expire or take too much room. Safe for all threads. */
final class WeakPages {
    private final long budgetBytes;

    /** By start. */
    @GuardedBy("this")
    private final TreeMap<Key, WeakPage> pages = new TreeMap<>();

    @GuardedBy("this")
    private long usedBytes;

    WeakPages(long budgetBytes) {
        this.budgetBytes = budgetBytes;
    }

    /** The page that covers the key and has not expired, or null. */
    synchronized @Nullable WeakPage find(Key key, long nowNanos) {
        Map.Entry<Key, WeakPage> floor = pages.floorEntry(key);
        if (floor == null || !floor.getValue().covers(key)) {
            return null;
        }
        WeakPage page = floor.getValue();
        if (page.isExpired(nowNanos)) {
            remove(page);
            return null;
        }
        return page;
    }

    /** Adds a page; older ones in its way go, newer ones stay and it is cut around them. */
    synchronized void add(WeakPage page, long nowNanos) {
        Key start = page.start();
        Key floor = pages.floorKey(start);
        Iterator<WeakPage> overlapping =
                pages.tailMap(floor == null ? start : floor, true).values().iterator();
        Key end = page.end();
        while (overlapping.hasNext()) {
            WeakPage other = overlapping.next();
            if (other.start().compareTo(end) > 0) {
                break;
            }
            if (other.end().compareTo(start) < 0) {
                continue;
            }
            if (other.isExpired(nowNanos) || Long.compareUnsigned(other.readNr(), page.readNr()) < 0) {
                overlapping.remove();
                usedBytes -= other.sizeBytes();
            } else if (other.start().compareTo(start) <= 0) {
                if (other.end().compareTo(end) >= 0) {
                    return;
                }
                start = other.end().increment();
            } else {
                end = other.start().decrement();
            }
        }
        WeakPage fitted = start.equals(page.start()) && end.equals(page.end()) ? page : page.trim(start, end);
        pages.put(start, fitted);
        usedBytes += fitted.sizeBytes();
        makeRoom(nowNanos);
    }

    /** Drops the pages in {@code from..to} that were read with smaller numbers than {@code readNr}. */
    synchronized void dropOlder(Key from, Key to, long readNr) {
        Key floor = pages.floorKey(from);
        Iterator<WeakPage> inRange = pages.subMap(floor == null ? from : floor, true, to, true)
                .values()
                .iterator();
        while (inRange.hasNext()) {
            WeakPage page = inRange.next();
            if (Long.compareUnsigned(page.readNr(), readNr) < 0) {
                inRange.remove();
                usedBytes -= page.sizeBytes();
            }
        }
    }

    synchronized void clear() {
        pages.clear();
        usedBytes = 0;
    }

    synchronized long usedBytes() {
        return usedBytes;
    }

    @GuardedBy("this")
    private void makeRoom(long nowNanos) {
        if (usedBytes <= budgetBytes) {
            return;
        }
        for (Iterator<WeakPage> all = pages.values().iterator(); all.hasNext(); ) {
            WeakPage page = all.next();
            if (page.isExpired(nowNanos)) {
                all.remove();
                usedBytes -= page.sizeBytes();
            }
        }
        if (usedBytes > budgetBytes) {
            // They would expire within seconds anyway.
            clear();
        }
    }

    @GuardedBy("this")
    private void remove(WeakPage page) {
        pages.remove(page.start());
        usedBytes -= page.sizeBytes();
    }
}
