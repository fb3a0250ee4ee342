package org.scoutfs.host;

/** Leaves work that was put aside, see {@link ParkAware}. Not a failure: it goes up to whoever gave the thread its work. */
public final class ParkedWork extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** It carries nothing, not even where it was made. */
    public ParkedWork() {
        super("work was put aside", null, false, false);
    }
}
