package org.scoutfs.mount;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.scoutfs.client.ServerClient;
import org.scoutfs.lock.LockClient;
import org.scoutfs.net.ConnectionStatus;
import org.scoutfs.server.Server;

/** The debug files of a mount (spec 5 section 6.3), line by line as they are now, without newlines. */
public final class MountDebug {
    private final LockClient locks;
    private final ServerClient client;
    private final @Nullable Server server;

    MountDebug(LockClient locks, ServerClient client, @Nullable Server server) {
        this.locks = locks;
        this.client = client;
        this.server = server;
    }

    /** The mount's cluster locks, and after the reference's fields what each waits for. */
    public List<String> clientLocks() {
        return locks.debugLines();
    }

    /** Who holds, wants and is asked to give up what; empty unless this mount leads. */
    public List<String> serverLocks() {
        return server == null ? List.of() : server.lockLines();
    }

    /** Of this mount to its leader, and of its clients if it leads. */
    public List<String> connections() {
        Stream<ConnectionStatus> ofServer = server == null ? Stream.of() : server.connections().stream();
        return Stream.concat(client.connections().stream(), ofServer)
                .map(ConnectionStatus::line)
                .toList();
    }

    /** What is queued, or sent and not finished. */
    public List<String> messages() {
        Stream<String> ofServer = server == null ? Stream.of() : server.messageLines().stream();
        return Stream.concat(client.messageLines().stream(), ofServer).toList();
    }
}
