package org.scoutfs.server;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.Keys;
import org.scoutfs.format.MountedClient;
import org.scoutfs.format.wire.Greeting;

/**
 * The mounts that may own anything in the volume: one item each, from before their first greeting is answered until after everything of
 * theirs was reclaimed (spec 1 section 10.2). And those of them that talk to this server, for which space is kept.
 *
 * <p>Any thread. The lock is a leaf apart from the network's.
 */
final class MountedClients {
    private final ServerVolume volume;
    private final ServerItems items;
    private final ServerChanges changes;
    private final Peers peers;
    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Long> connected = new HashSet<>();

    MountedClients(ServerContext context, Peers peers) {
        this.volume = context.volume();
        this.items = context.items();
        this.changes = context.changes();
        this.peers = peers;
    }

    /** How many mounts there are. */
    record Census(int members, int others) {}

    /** Remembers a new mount; stable on return. It may be remembered already (race R29). */
    void remember(Greeting greeting, InetAddr peer) throws FsException {
        MountedClient client = new MountedClient(peer, greeting.isQuorumMember() ? MountedClient.FLAG_QUORUM : 0);
        changes.commit(() -> {
            if (!items.isMounted(greeting.rid())) {
                items.mountedClients.insert(Keys.mountedClient(greeting.rid()), client);
            }
            return true;
        });
    }

    /** Whether a mount is remembered. */
    boolean isKnown(long rid) throws FsException {
        return changes.look(() -> items.isMounted(rid));
    }

    /** What is remembered of a mount. */
    Optional<MountedClient> find(long rid) throws FsException {
        return changes.look(() -> Optional.ofNullable(items.mountedClients.find(Keys.mountedClient(rid))));
    }

    /** All that are remembered. */
    Census count() throws FsException {
        return changes.look(() -> {
            int members = 0;
            int others = 0;
            for (MountedClient client : ServerItems.all(items.mountedClients)) {
                if (client.isQuorumMember()) {
                    members++;
                } else {
                    others++;
                }
            }
            return new Census(members, others);
        });
    }

    /** The last step of reclaiming a mount. A commit is held. */
    void forget(long rid) throws FsException {
        if (items.isMounted(rid)) {
            items.mountedClients.delete(Keys.mountedClient(rid));
        }
    }

    /** A mount talks to this server. */
    void connected(long rid) {
        lock.lock();
        try {
            if (peers.has(rid) && connected.add(rid)) {
                volume.setConnectedMounts(connected.size());
            }
        } finally {
            lock.unlock();
        }
    }

    /** A mount is gone. */
    void gone(long rid) {
        lock.lock();
        try {
            if (connected.remove(rid)) {
                volume.setConnectedMounts(connected.size());
            }
        } finally {
            lock.unlock();
        }
    }
}
