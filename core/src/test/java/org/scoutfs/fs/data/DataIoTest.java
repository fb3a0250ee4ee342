package org.scoutfs.fs.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.scoutfs.fs.FsErrors.assertFails;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.TestHost;

/** The data device of a mount that is forced down: its blocks may be another mount's by now. */
class DataIoTest {
    @Test
    void whatWasQueuedWhenTheMountWasForcedDownIsNotWritten() throws Exception {
        try (TestHost host = TestHost.create(1);
                GatedDevice device = new GatedDevice(1 << 20);
                DataIo io = new DataIo(device, host, new Counters(), 1)) {
            device.writeGate = new CountDownLatch(1);
            AtomicReference<@Nullable FsException> first = new AtomicReference<>();
            AtomicReference<@Nullable FsException> second = new AtomicReference<>();
            Thread underWay = host.threads().virtual("under way", () -> write(io, 1, first));
            device.writeArrived.await();
            Thread queued = host.threads().virtual("queued", () -> write(io, 2, second));
            while (io.workers().queued() == 0) {
                Thread.onSpinWait();
            }
            io.forceUnmount();
            device.writeGate.countDown();
            underWay.join();
            queued.join();
            assertThat(first.get()).as("it could not be called back").isNull();
            FsException refused = second.get();
            assertThat(refused).isNotNull();
            assertThat(refused.errno()).isEqualTo(Errno.ENOLINK);
            assertThat(device.writes).hasValue(1);
            MemorySegment page = MemorySegment.ofArray(new byte[DataIo.BLOCK]);
            assertFails(Errno.ENOLINK, () -> io.read(1, page));
            assertFails(Errno.ENOLINK, () -> io.writeGather(1, page, page));
            assertFails(Errno.ENOLINK, io::flush);
            assertThat(device.writes).hasValue(1);
            assertThat(device.flushes).hasValue(0);
        }
    }

    private static void write(DataIo io, long blkno, AtomicReference<@Nullable FsException> failure) {
        try {
            io.write(blkno, MemorySegment.ofArray(new byte[DataIo.BLOCK]));
        } catch (FsException e) {
            failure.set(e);
        }
    }
}
