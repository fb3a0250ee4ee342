package org.scoutfs.host;

/**
 * A moment in time of day.
 *
 * @param seconds since 1970-01-01T00:00:00Z
 * @param nanos 0 to 999,999,999, added to {@code seconds}, also when those are negative
 */
public record WallTime(long seconds, int nanos) implements Comparable<WallTime> {
    public WallTime {
        if (nanos < 0 || nanos >= 1_000_000_000) {
            throw new IllegalArgumentException("nanoseconds of a second: " + nanos);
        }
    }

    /** This moment and {@code delta} nanoseconds. */
    public WallTime plusNanos(long delta) {
        long sum = nanos + Math.floorMod(delta, 1_000_000_000L);
        return new WallTime(
                seconds + Math.floorDiv(delta, 1_000_000_000L) + sum / 1_000_000_000L, (int) (sum % 1_000_000_000L));
    }

    @Override
    public int compareTo(WallTime other) {
        int bySeconds = Long.compare(seconds, other.seconds);
        return bySeconds != 0 ? bySeconds : Integer.compare(nanos, other.nanos);
    }
}
