package org.scoutfs.fs;

/**
 * Told by a read whose bytes somebody above keeps as pages. Both calls come with the cluster lock held under which the bytes are read, so
 * whatever is to know about these pages before the lock can go has the chance to. They must not wait.
 */
public interface PageFill {
    /** Nobody keeps anything. */
    PageFill NONE = new PageFill() {
        @Override
        public void begun() {}

        @Override
        public void done() {}
    };

    /** The lock is held and nothing was read yet. Comes again if the read had to let go of the lock and begins anew. */
    void begun();

    /** All bytes are read; what follows touches memory only and does not fail. */
    void done();
}
