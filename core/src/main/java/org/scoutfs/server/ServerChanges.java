package org.scoutfs.server;

import java.util.function.Predicate;
import org.scoutfs.error.FsException;

/** How services change the volume: hold the commit, take the volume's lock, change, release, wait until it is stable. */
final class ServerChanges {
    /** Changes the dirty state; the commit is held and the volume's lock is kept. */
    interface Change<T> {
        T run() throws FsException;
    }

    private final ServerCommit commit;
    private final ServerVolume volume;

    ServerChanges(ServerCommit commit, ServerVolume volume) {
        this.commit = commit;
        this.volume = volume;
    }

    /**
     * Makes a change stable. After an error of the change itself what it did so far stays in the dirty state; after an error of the
     * commit the change is still made by a later one.
     */
    <T> T commit(Change<T> change) throws FsException {
        return commitIf(change, result -> true);
    }

    /** As {@link #commit}, but returns without waiting if the result says that nothing has to be stable. */
    <T> T commitIf(Change<T> change, Predicate<? super T> mustBeStable) throws FsException {
        commit.hold();
        return held(change, mustBeStable);
    }

    /** As {@link #commit}, for a change that needs more room than others; nobody else changes anything meanwhile. */
    <T> T commitAlone(ServerCommit.Room need, Change<T> change) throws FsException {
        commit.holdAlone(need);
        return held(change, result -> true);
    }

    /** Looks at the dirty state without holding the commit. */
    <T> T look(Change<T> look) throws FsException {
        volume.lock.lock();
        try {
            return look.run();
        } finally {
            volume.lock.unlock();
        }
    }

    private <T> T held(Change<T> change, Predicate<? super T> mustBeStable) throws FsException {
        boolean stable = false;
        T result;
        try {
            result = look(change);
            stable = mustBeStable.test(result);
        } finally {
            if (!stable) {
                commit.abandon();
            }
        }
        if (stable) {
            commit.apply();
        }
        return result;
    }
}
