package org.scoutfs.app.archive;

/**
 * What is released.
 *
 * @param afterSeconds files that were not changed, archived or staged for so long; negative: none by age
 * @param highPercent if the data device is fuller than this; above 100: never
 * @param lowPercent the least recently changed are released until it is this full
 * @param keepSeconds even then, files that were archived or staged within this time stay
 */
record ReleasePolicy(long afterSeconds, int highPercent, int lowPercent, long keepSeconds) {
    /** Nothing by itself. */
    static final ReleasePolicy NEVER = new ReleasePolicy(-1, 101, 101, 0);

    boolean byAge() {
        return afterSeconds >= 0;
    }

    /** How many bytes are to be freed, 0 if the device is not too full. */
    long excess(Volume.Space space) {
        long used = space.totalBytes() - space.freeBytes();
        long low = (long) (space.totalBytes() / 100.0 * lowPercent);
        return space.usedPercent() >= highPercent ? Math.max(0, used - low) : 0;
    }
}
