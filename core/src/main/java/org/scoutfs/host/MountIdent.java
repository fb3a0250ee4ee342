package org.scoutfs.host;

/**
 * Which mount the running thread works for, {@code f.FFFFFF.r.RRRRRR}: what its log lines begin with. One JVM may hold many mounts, and hardly
 * anything that logs knows its own. Threads, timers and workers of a mount's host have it; whoever writes log lines asks for it.
 */
public final class MountIdent {
    private static final ScopedValue<String> CURRENT = ScopedValue.newInstance();

    private MountIdent() {}

    /** The running thread's; empty if it works for no mount. */
    public static String current() {
        return CURRENT.orElse("");
    }

    /** Does something on behalf of a mount. */
    public static <T, X extends Throwable> T call(String ident, ScopedValue.CallableOp<T, X> body) throws X {
        return ScopedValue.where(CURRENT, ident).call(body);
    }

    /** As {@link #call}. */
    public static void run(String ident, Runnable body) {
        ScopedValue.where(CURRENT, ident).run(body);
    }
}
