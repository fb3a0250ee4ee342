package org.scoutfs.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.scoutfs.device.Access;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.MkfsImage;
import org.scoutfs.format.MkfsParameters;
import org.scoutfs.format.Timespec;
import org.scoutfs.host.DatagramPort;
import org.scoutfs.host.Endpoint;
import org.scoutfs.host.Host;

/** Mounts that come to nothing. */
@Timeout(60)
class FailedMountTest {
    private static final long META_BYTES = 64L << 30;
    private static final long DATA_BYTES = 16L << 30;
    private static final int ADDRESS = InetAddr.parse("127.0.93.33", 1).addr();

    private final Host host = Host.system();
    private final MemoryDevice meta = MemoryDevice.create("meta", META_BYTES);
    private final MemoryDevice data = MemoryDevice.create("data", DATA_BYTES);

    private void mkfs(List<MkfsParameters.QuorumSlot> slots) throws Exception {
        MkfsImage image = MkfsImage.of(
                new MkfsParameters(META_BYTES, DATA_BYTES, 0x93330001L, new UUID(1, 2), Timespec.ZERO, 2, slots, 0));
        for (MkfsImage.Write write : image.writes()) {
            (write.device() == MkfsImage.Device.META ? meta : data).write(write.offsetBytes(), write.bytes());
        }
    }

    /** A mount without slot as well: it would wait for ever for a server at such an address. */
    @Test
    void slotsThatCannotBeUsedFailEveryMount() throws Exception {
        mkfs(List.of(new MkfsParameters.QuorumSlot(0, InetAddr.parse("224.0.0.7", 42000))));
        for (String options : List.of("", "quorum_slot_nr=0")) {
            assertThatThrownBy(() -> Mount.open(
                            host,
                            meta.open(Access.READ_WRITE),
                            data.open(Access.READ_WRITE),
                            MountOptions.parse(options)))
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL))
                    .hasMessageContaining("224.0.0.7:42000");
        }
    }

    /**
     * A healthy mount must have noticed a dead server, and found the next one, before that has it fenced (race R35): it notices within
     * the keepalive time, counted from the death; the recovery clock starts when the next leader was elected.
     */
    @Test
    void deadServerIsNoticedBeforeRecoveryOfTheNextOneEnds() throws Exception {
        MountOptions options = MountOptions.parse("");
        long recoveryMs = TimeUnit.SECONDS.toMillis(30);
        long marginMs = TimeUnit.SECONDS.toMillis(10);
        assertThat(options.get(MountOption.TCP_KEEPALIVE_TIMEOUT_MS) + marginMs)
                .isLessThanOrEqualTo(options.get(MountOption.QUORUM_HEARTBEAT_TIMEOUT_MS) + recoveryMs);
    }

    /**
     * One of three members alone is no quorum, so nobody answers: neither the mount itself nor its workers, which wait without limit
     * (race R37).
     */
    @Test
    void mountThatWaitsForAServerCanBeInterruptedAndLeavesNothingWaiting() throws Exception {
        try (DatagramPort second = host.network().bindDatagrams(new Endpoint(ADDRESS + 1, 0));
                DatagramPort third = host.network().bindDatagrams(new Endpoint(ADDRESS + 2, 0))) {
            int own;
            try (DatagramPort free = host.network().bindDatagrams(new Endpoint(ADDRESS, 0))) {
                own = free.local().port();
            }
            mkfs(List.of(
                    new MkfsParameters.QuorumSlot(0, InetAddr.ipv4(ADDRESS, own)),
                    new MkfsParameters.QuorumSlot(
                            1, InetAddr.ipv4(ADDRESS + 1, second.local().port())),
                    new MkfsParameters.QuorumSlot(
                            2, InetAddr.ipv4(ADDRESS + 2, third.local().port()))));
            AtomicReference<FsException> failure = new AtomicReference<>();
            Thread mounting = host.threads().platform("mounting", () -> {
                try {
                    Mount.open(
                                    host,
                                    meta.open(Access.READ_WRITE),
                                    data.open(Access.READ_WRITE),
                                    MountOptions.parse("quorum_slot_nr=0"))
                            .close();
                } catch (FsException e) {
                    failure.set(e);
                }
            });
            assertThat(second.receive(TimeUnit.SECONDS.toNanos(30)))
                    .as("it asks for votes")
                    .isNotNull();
            mounting.interrupt();
            mounting.join();
            assertThat(failure.get()).isNotNull();
            assertThat(failure.get().errno()).isEqualTo(Errno.EINTR);
            host.network().bindDatagrams(new Endpoint(ADDRESS, own)).close();
        }
        assertThat(host.threads().uncaught()).isZero();
    }
}
