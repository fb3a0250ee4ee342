package org.scoutfs.fuse;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;

/** Requests whose wait for offline data is over, as one of the readers that take them up sees them. */
final class ParkedSource implements Source {
    private static final int ENODEV = -Errno.ENODEV.number();

    private final ParkedRequests parked;
    private final DeviceChannel own;
    private final MemorySegment errno = NativeCalls.newErrno();
    private volatile Exchange exchange;
    private @Nullable RingEntry entry;

    /** @param own where requests that came over the device are executed */
    ParkedSource(ParkedRequests parked, DeviceChannel own) {
        this.parked = parked;
        this.own = own;
        this.exchange = own.exchange();
    }

    @Override
    public int open() {
        return 0;
    }

    @Override
    public long receive() {
        flush();
        Parked next = parked.take();
        if (next == null) {
            return ENODEV;
        }
        if (next.queue < 0) {
            exchange = own.exchange();
            own.load(next.copy());
        } else {
            exchange = next.exchange();
            entry = (RingEntry) exchange.port();
        }
        exchange.resumes(next);
        return next.bytes;
    }

    @Override
    public Exchange exchange() {
        return exchange;
    }

    @Override
    public void flush() {
        RingEntry answered = entry;
        if (answered != null) {
            entry = null;
            answered.flush(errno);
        }
        exchange = own.exchange();
    }

    @Override
    public void leave() {
        if (entry == null) {
            // it was copied
            own.exchange().end();
        }
        entry = null;
        exchange = own.exchange();
    }

    /** The readers of the device do. */
    @Override
    public boolean reportsEnd() {
        return false;
    }

    @Override
    public void close() {
        own.close();
    }
}
