package org.scoutfs.mount;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.format.InetAddr;
import org.scoutfs.host.HostClock;
import org.scoutfs.server.FenceRequest;
import org.scoutfs.server.FenceRequests;

/**
 * Fences mounts that ran on this machine and are gone, without an agent.
 *
 * <p>Every mount declares its rid alive on its open metadata device ({@link BlockDevice#markAlive}); the kernel takes that back when the
 * process dies, however it dies. A mount whose address belongs to this machine and whose rid nobody here has declared can never
 * write again: that is what fenced means. One that still lives when the request is made may be on its way out, so it is looked at again
 * while the request is pending. Other requests are left to whoever watches.
 */
final class LocalFencing implements FenceRequests.View {
    private static final System.Logger LOG = System.getLogger("org.scoutfs.mount");
    private static final int LOOPBACK_NET = 127;
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final HostClock clock;
    private final BlockDevice meta;
    private final Predicate<InetAddr> isLocal;
    private final FenceRequests.View others;

    /**
     * @param isLocal whether an address belongs to this machine
     * @param others is shown all requests too
     */
    LocalFencing(HostClock clock, BlockDevice meta, Predicate<InetAddr> isLocal, FenceRequests.View others) {
        this.clock = clock;
        this.meta = meta;
        this.isLocal = isLocal;
        this.others = others;
    }

    @Override
    public boolean isGone(long rid, InetAddr addr) {
        return isHere(addr) && isDead(rid);
    }

    private boolean isHere(InetAddr addr) {
        return addr.addr() >>> 24 == LOOPBACK_NET || isLocal.test(addr);
    }

    private boolean isDead(long rid) {
        try {
            return meta.isDead(rid);
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "cannot tell whether mount {0} is alive: {1}",
                    Long.toHexString(rid),
                    e.getMessage());
            return false;
        }
    }

    @Override
    public void added(FenceRequest request) {
        others.added(request);
        if (isHere(request.addr())) {
            look(request);
        }
    }

    private void look(FenceRequest request) {
        if (request.state() != FenceRequest.State.PENDING) {
            return;
        }
        if (isDead(request.rid())) {
            LOG.log(System.Logger.Level.INFO, "{0}: it ran on this machine and is gone, fenced", request);
            request.setFenced();
        } else {
            clock.schedule("scoutfs-local-fencing", LOOK_AGAIN_NANOS, () -> look(request));
        }
    }

    @Override
    public void removed(FenceRequest request) {
        others.removed(request);
    }
}
