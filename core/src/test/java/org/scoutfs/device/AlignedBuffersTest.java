package org.scoutfs.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class AlignedBuffersTest {
    @Test
    void lendsAlignedMemoryOfTheSizeAskedFor() {
        try (AlignedBuffers pool = new AlignedBuffers(1, 1, 1)) {
            for (int size : new int[] {1, 512, 4096, 4097, 65536, 65537, 1 << 20}) {
                try (AlignedBuffers.Lease lease = pool.lease(size)) {
                    assertThat(lease.segment().byteSize()).isEqualTo(size);
                    assertThat(lease.segment().address() % BlockDevice.ALIGNMENT)
                            .isZero();
                }
            }
            assertThatThrownBy(() -> pool.lease(0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> pool.lease((1 << 20) + 1)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void lendsNoMoreThanItsLimitOfEachSize() {
        try (AlignedBuffers pool = new AlignedBuffers(2, 1, 1);
                AlignedBuffers.Lease first = pool.lease(4096);
                AlignedBuffers.Lease second = pool.lease(10)) {
            assertThat(first.segment().address()).isNotEqualTo(second.segment().address());
            assertThat(pool.tryLease(4096)).isNull();
            assertThat(pool.lent()).isEqualTo(2);
            try (AlignedBuffers.Lease other = pool.lease(5000)) {
                assertThat(other.segment().byteSize()).isEqualTo(5000);
            }
        }
    }

    @Test
    void waitsUntilABufferComesBack() throws InterruptedException {
        try (AlignedBuffers pool = new AlignedBuffers(1, 1, 1)) {
            AlignedBuffers.Lease first = pool.lease(4096);
            long address = first.segment().address();
            AtomicReference<Long> got = new AtomicReference<>();
            Thread waiter = Thread.ofPlatform().start(() -> {
                try (AlignedBuffers.Lease lease = pool.lease(4096)) {
                    got.set(lease.segment().address());
                }
            });
            await().until(() -> waiter.getState() == Thread.State.WAITING);
            first.close();
            waiter.join();
            assertThat(got.get()).isEqualTo(address);
        }
    }

    @Test
    void reportsWhatIsGivenBackTwiceOrNever() {
        AlignedBuffers pool = new AlignedBuffers(1, 1, 1);
        AlignedBuffers.Lease lease = pool.lease(4096);
        assertThatThrownBy(pool::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("1 aligned buffers were not given back");
        lease.segment().fill((byte) 1); // still there
        lease.close();
        assertThatThrownBy(lease::close).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> pool.lease(1)).isInstanceOf(IllegalStateException.class);
    }
}
