package org.scoutfs.server;

import java.util.List;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.format.wire.LockRecover;
import org.scoutfs.format.wire.Payloads;

/**
 * Learns from a mount which locks it held under the server before, some per message, in key order (spec 3 section 10). Started once for
 * each mount, by its first greeting. Any thread.
 */
final class LockRecovery {
    private final Peers peers;
    private final RecoveryTracker recovery;
    private final LockServer locks;
    private final ServerVolume volume;

    LockRecovery(Peers peers, RecoveryTracker recovery, LockServer locks, ServerVolume volume) {
        this.peers = peers;
        this.recovery = recovery;
        this.locks = locks;
        this.volume = volume;
    }

    /** Asks a mount that is in recovery for its first locks. */
    void begin(long rid) throws FsException {
        if (recovery.isPending(rid, RecoveryTracker.Step.LOCKS)) {
            ask(rid, Key.ZERO);
        }
    }

    /**
     * A mount's next locks; none means that it has no more.
     *
     * @return whether it has recovered
     * @throws FsException EINVAL if it was not asked; close the connection
     */
    boolean response(long rid, LockRecover response) throws FsException {
        if (!recovery.isPending(rid, RecoveryTracker.Step.LOCKS)) {
            throw new FsException(Errno.EINVAL, "mount %016x reports locks and is not in recovery".formatted(rid));
        }
        List<LockMessage> held = response.locks();
        if (held.isEmpty()) {
            recovery.done(rid, RecoveryTracker.Step.LOCKS);
            return true;
        }
        for (LockMessage lock : held) {
            volume.raiseSeq(lock.writeSeq());
        }
        locks.recover(rid, held);
        ask(rid, held.getLast().key().increment());
        return false;
    }

    private void ask(long rid, Key from) throws FsException {
        peers.request(rid, Command.LOCK_RECOVER, Payloads.ofKey(from));
    }
}
