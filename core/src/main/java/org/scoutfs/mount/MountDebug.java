package org.scoutfs.mount;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.client.ServerClient;
import org.scoutfs.counter.Triggers;
import org.scoutfs.fs.quota.Quota;
import org.scoutfs.item.WeakItemCache;
import org.scoutfs.lock.LockClient;
import org.scoutfs.net.ConnectionStatus;
import org.scoutfs.server.Server;

/** The inside of a mount for people who debug it: what the reference shows in debugfs (spec 5 section 6.3). Lines are without newlines. */
public final class MountDebug {
    private final ServerClient client;
    private final @Nullable Server server;
    private final LockClient locks;
    private final WeakItemCache weakItems;
    private final Quota quota;
    private final Triggers triggers;

    /** @param server null of a mount without quorum slot */
    MountDebug(
            ServerClient client,
            @Nullable Server server,
            LockClient locks,
            WeakItemCache weakItems,
            Quota quota,
            Triggers triggers) {
        this.client = client;
        this.server = server;
        this.locks = locks;
        this.weakItems = weakItems;
        this.quota = quota;
        this.triggers = triggers;
    }

    /** Whether this mount's server serves: only then there are {@link #serverLocks} and {@link #serverLockStats}. */
    public boolean leads() {
        return server != null && server.address() != null;
    }

    public List<String> clientLocks() {
        return locks.debugLines();
    }

    public List<String> serverLocks() {
        return server == null ? List.of() : server.lockLines();
    }

    public List<String> serverLockStats() {
        return server == null ? List.of() : server.lockStatLines();
    }

    /** The client's connection and those of the server. */
    public List<String> connections() {
        List<ConnectionStatus> all = new ArrayList<>(client.connections());
        if (server != null) {
            all.addAll(server.connections());
        }
        return all.stream().map(ConnectionStatus::line).toList();
    }

    public List<String> messages() {
        List<String> all = new ArrayList<>(client.messageLines());
        if (server != null) {
            all.addAll(server.messageLines());
        }
        return all;
    }

    /** Forgets what searches and totals have read. */
    public void dropWeakItemCache() {
        weakItems.drop();
    }

    /** Forgets the results of quota checks. */
    public void dropQuotaCheckCache() {
        quota.dropResults();
    }

    /** Arms an event that fires once, or takes it back. */
    public void setTrigger(String name, boolean armed) {
        if (armed) {
            triggers.arm(name);
        } else {
            triggers.disarm(name);
        }
    }

    public boolean isArmed(String name) {
        return triggers.isArmed(name);
    }
}
