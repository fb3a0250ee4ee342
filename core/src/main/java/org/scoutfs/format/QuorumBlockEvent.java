package org.scoutfs.format;

/** Kinds of events in a {@link QuorumBlock}, in stored order, spec 1 section 7. */
public enum QuorumBlockEvent {
    /** Quorum participation of a mount starts in this slot. */
    BEGIN,
    /** The mount's term advanced. */
    TERM,
    /** The mount won an election; its server is not yet started. */
    ELECT,
    /** Its server is up and all earlier leaders are known to be fenced. */
    FENCE,
    /** Its server has stopped; carries the term in which it started. */
    STOP,
    /** Quorum participation ended in a clean unmount. */
    END
}
