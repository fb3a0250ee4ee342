package org.scoutfs.app.it;

import java.util.List;

/** How long something took, over all rounds. */
record Distribution(String what, int count, long leastMs, long medianMs, long ninthTenthMs, long mostMs) {
    static Distribution of(String what, List<Long> tookMs) {
        List<Long> sorted = tookMs.stream().sorted().toList();
        if (sorted.isEmpty()) {
            return new Distribution(what, 0, 0, 0, 0, 0);
        }
        int last = sorted.size() - 1;
        return new Distribution(
                what,
                sorted.size(),
                sorted.getFirst(),
                sorted.get(last / 2),
                sorted.get(last * 9 / 10),
                sorted.getLast());
    }

    @Override
    public String toString() {
        return "%s: %d times, %d ms at best, median %d, nine of ten within %d, at worst %d"
                .formatted(what, count, leastMs, medianMs, ninthTenthMs, mostMs);
    }
}
