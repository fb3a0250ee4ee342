package org.scoutfs.server;

import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * Mount options that the server obeys; those that change at run time are asked for at each use.
 *
 * @param keepaliveMs mount option tcp_keepalive_timeout_ms, above 3000
 * @param logMergeWaitMs mount option log_merge_wait_timeout_ms, 100 to 60000
 */
public record ServerOptions(IntSupplier keepaliveMs, IntSupplier logMergeWaitMs) {
    /** The defaults of both, which do not change. */
    public static final ServerOptions DEFAULTS = new ServerOptions(() -> 24_000, () -> 500);

    long logMergeWaitNanos() {
        return TimeUnit.MILLISECONDS.toNanos(logMergeWaitMs.getAsInt());
    }
}
