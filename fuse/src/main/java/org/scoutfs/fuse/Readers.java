package org.scoutfs.fuse;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counters;
import org.scoutfs.fuse.protocol.InitFlag;
import org.scoutfs.host.HostClock;

/**
 * All readers of one mount: of the device alone, or over io_uring one pool for each processor's queue and one reader of the device for what
 * does not come by a queue (FORGET, INTERRUPT, the end). Safe for all threads.
 */
final class Readers implements KernelCache.Readers {
    private final CopyOnWriteArrayList<Reader> all = new CopyOnWriteArrayList<>();
    private final List<ReaderPool> pools = new ArrayList<>();
    private final List<RingQueue> queues = new ArrayList<>();
    private final @Nullable Courtesy courtesy;

    Readers(int fd, Dispatcher dispatcher, ParkedRequests parked, Session session, HostClock clock, Counters counters)
            throws IOException {
        FuseOptions options = session.options;
        int maxWriteBytes = session.negotiated.maxWriteBytes();
        boolean rings = session.negotiated.has(InitFlag.OVER_IO_URING);
        AtomicInteger indexes = new AtomicInteger();
        int places = options.readers() > 0
                ? options.readers()
                : Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 16);
        pools.add(new ReaderPool(
                "fuse-reader",
                dispatcher,
                () -> rings
                        ? DeviceChannel.patient(fd, indexes.getAndIncrement(), maxWriteBytes, clock)
                        : new DeviceChannel(fd, indexes.getAndIncrement(), maxWriteBytes),
                all,
                rings ? 1 : places,
                options.maxReaders(),
                true,
                clock,
                counters));
        pools.add(new ReaderPool(
                "fuse-parked",
                dispatcher,
                () -> new ParkedSource(parked, new DeviceChannel(fd, indexes.getAndIncrement(), maxWriteBytes)),
                all,
                1,
                options.maxReaders(),
                // one that has offered entries of a queue has to stay
                !rings,
                clock,
                counters));
        int queueCount = rings ? RingSupport.queues() : 0;
        courtesy = queueCount > 1 ? Courtesy.make(clock, counters) : null;
        for (int q = 0; q < queueCount; q++) {
            RingQueue queue = new RingQueue(fd, q, maxWriteBytes, courtesy == null ? null : courtesy.turn());
            queues.add(queue);
            pools.add(new ReaderPool(
                    "fuse-ring-" + q,
                    dispatcher,
                    () -> new RingQueue.End(queue),
                    all,
                    1,
                    Math.min(options.maxReaders(), RingQueue.ENTRIES + 1),
                    false,
                    clock,
                    counters));
        }
    }

    @Override
    public List<Reader> all() {
        return all;
    }

    /** @throws IOException if a queue cannot be served */
    void start() throws IOException {
        for (ReaderPool pool : pools) {
            pool.start();
        }
    }

    /** No more requests will come. */
    void stop() {
        pools.forEach(ReaderPool::stop);
    }

    void awaitAllGone() {
        pools.forEach(ReaderPool::awaitAllGone);
        queues.forEach(RingQueue::close);
        if (courtesy != null) {
            courtesy.close();
        }
    }
}
