package org.scoutfs.format;

/** Kinds of events in a {@link QuorumBlock}, in stored order, spec 1 section 7. */
public enum QuorumBlockEvent {
    /** Quorum participation of a mount starts in this slot. */
    BEGIN(0),
    /** The mount's term advanced. */
    TERM(1),
    /** The mount won an election; its server is not yet started. */
    ELECT(2),
    /** Its server is up and all earlier leaders are known to be fenced. */
    FENCE(3),
    /** Its server has stopped; carries the term in which it started. */
    STOP(4),
    /** Quorum participation ended in a clean unmount. */
    END(5);

    private final int index;

    QuorumBlockEvent(int index) {
        this.index = index;
    }

    /** Place of this kind's event in the block, 0..5. */
    public int index() {
        return index;
    }
}
