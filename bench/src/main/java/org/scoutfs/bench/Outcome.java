package org.scoutfs.bench;

/**
 * What one phase did: units are operations, entries or MiB.
 *
 * @param elapsedNs from the common start to the end of the last thread
 */
record Outcome(double units, long elapsedNs) {
    double perSecond() {
        return units * 1e9 / elapsedNs;
    }

    /** Of workers that ran at the same time. */
    Outcome plus(Outcome other) {
        return new Outcome(units + other.units, Math.max(elapsedNs, other.elapsedNs));
    }
}
