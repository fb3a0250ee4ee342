package org.scoutfs.server;

import org.scoutfs.host.HostClock;

/** What all services of one running server share. */
record ServerContext(
        ServerVolume volume,
        ServerItems items,
        ServerChanges changes,
        HostClock clock,
        StopSignal stop,
        ServerOptions options) {}
