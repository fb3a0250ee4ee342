package org.scoutfs.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.scoutfs.device.Access;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.MkfsImage;
import org.scoutfs.format.MkfsParameters;
import org.scoutfs.format.Timespec;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.Greeting;
import org.scoutfs.format.wire.NetHeader;
import org.scoutfs.format.wire.QuorumMessage;
import org.scoutfs.fs.Modes;
import org.scoutfs.host.DatagramPort;
import org.scoutfs.host.Endpoint;
import org.scoutfs.host.Host;
import org.scoutfs.host.StreamConnection;
import org.scoutfs.host.StreamListener;
import org.scoutfs.vfs.SimpleCredentials;
import org.scoutfs.vfs.Vfs;

/**
 * Two mounts over real sockets, one of them leading, while somebody scans ports and sends garbage to the leader. Everything is done to a
 * connection of the intruder's own, without a rid of this volume.
 */
@Timeout(120)
class HostilePeersTest {
    private static final long FSID = 0x0605040302010999L;
    private static final long META_BYTES = 64L << 30;
    private static final long DATA_BYTES = 16L << 30;
    private static final int ROUNDS = 300;
    private static final long CONNECT_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** An address of the loopback network that no other test uses. */
    private static final int ADDRESS = InetAddr.parse("127.0.93.17", 1).addr();

    private static final int OTHER_ADDRESS = InetAddr.parse("127.0.93.18", 1).addr();
    private static final SimpleCredentials ROOT = SimpleCredentials.root();

    private final long seed = Long.getLong("scoutfs.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final Host host = Host.system();
    private final MemoryDevice meta = MemoryDevice.create("meta", META_BYTES);
    private final MemoryDevice data = MemoryDevice.create("data", DATA_BYTES);
    private int port;

    private void mkfs() throws Exception {
        try (StreamListener free = host.network().listen(new Endpoint(ADDRESS, 0), 1)) {
            port = free.local().port();
        }
        MkfsImage image = MkfsImage.of(new MkfsParameters(
                META_BYTES,
                DATA_BYTES,
                FSID,
                new UUID(1, FSID),
                Timespec.ZERO,
                2,
                List.of(new MkfsParameters.QuorumSlot(0, InetAddr.ipv4(ADDRESS, port))),
                0));
        for (MkfsImage.Write write : image.writes()) {
            (write.device() == MkfsImage.Device.META ? meta : data).write(write.offsetBytes(), write.bytes());
        }
    }

    private Mount mount(String options) throws FsException {
        return Mount.open(
                host, meta.open(Access.READ_WRITE), data.open(Access.READ_WRITE), MountOptions.parse(options));
    }

    @Test
    void theServerAndAllMountsGoOn() throws Exception {
        System.out.println("scoutfs.seed=" + seed);
        mkfs();
        try (Mount leader = mount("quorum_slot_nr=0");
                Mount other = mount("")) {
            long term = leader.quorumStatus().term();
            for (int round = 0; round < ROUNDS; round++) {
                attack();
                if (round % 10 == 0) {
                    use(leader, other, "file" + round);
                    use(other, leader, "other" + round);
                }
            }
            assertThat(leader.quorumStatus().isLeader()).isTrue();
            assertThat(leader.quorumStatus().term()).isEqualTo(term);
            assertThat(leader.fences().list()).isEmpty();
            assertThat(count(leader, "quorum_recv_invalid")).isPositive();
            assertThat(count(leader, "net_recv_invalid_message")).isPositive();
            assertThat(count(leader, "net_strangers_closed")).isPositive();
            assertThat(count(other, "net_recv_error"))
                    .as("the other mount's connection")
                    .isZero();
        }
        assertThat(host.threads().uncaught()).isZero();
    }

    @Test
    void socketsListenOnTheConfiguredAddressOnly() throws Exception {
        mkfs();
        try (Mount leader = mount("quorum_slot_nr=0")) {
            assertThat(leader.quorumStatus().isLeader()).isTrue();
            host.network().connect(new Endpoint(ADDRESS, port), CONNECT_NANOS).close();
            for (int address : new int[] {OTHER_ADDRESS, Endpoint.LOOPBACK_ADDRESS}) {
                Endpoint elsewhere = new Endpoint(address, port);
                assertThatThrownBy(() -> host.network().connect(elsewhere, CONNECT_NANOS))
                        .isInstanceOf(ConnectException.class);
                // a socket bound to all addresses would be in the way
                host.network().listen(elsewhere, 1).close();
                host.network().bindDatagrams(elsewhere).close();
            }
        }
    }

    private static long count(Mount mount, String counter) {
        return mount.counters().get(counter).get();
    }

    /** Writes a file on one mount and reads it on another. */
    private static void use(Mount writer, Mount reader, String name) throws FsException {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        Vfs.Created created = writer.vfs().create(ROOT, Vfs.ROOT_INO, bytes, 0644, Modes.O_WRONLY);
        writer.vfs().write(created.file(), 0, MemorySegment.ofArray(bytes), false);
        writer.vfs().release(created.file());
        assertThat(reader.vfs().lookup(ROOT, Vfs.ROOT_INO, bytes).size()).isEqualTo(bytes.length);
    }

    private void attack() throws IOException {
        if (random.nextInt(3) == 0) {
            sendDatagrams();
            return;
        }
        try (StreamConnection connection = host.network().connect(new Endpoint(ADDRESS, port), CONNECT_NANOS)) {
            for (int i = random.nextInt(3); i >= 0; i--) {
                connection.write(something());
            }
            if (random.nextBoolean()) {
                readToTheEnd(connection);
            }
        } catch (IOException e) {
            // the server has closed: its right
            assertThat(e.getMessage()).isNotNull();
        }
    }

    /** Whatever does not close by itself would be waited for; the test's timeout finds it. */
    private void readToTheEnd(StreamConnection connection) throws IOException {
        // Completes any message: for the rest of an incomplete one the server waits half a minute.
        connection.write(new byte[4 * NetHeader.SIZE + 1100]);
        byte[] buffer = new byte[4096];
        while (connection.read(buffer, 0, buffer.length) > 0) {
            // an answer to a foreign greeting
        }
    }

    private byte[] something() {
        return switch (random.nextInt(7)) {
            case 0 -> new byte[0];
            case 1 -> "GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            case 2 -> noise(random.nextInt(5000));
            case 3 -> message(random.nextInt(20), noise(random.nextInt(1100)));
            case 4 -> message(Command.GREETING.number(), noise(Greeting.SIZE));
            case 5 -> message(Command.GREETING.number(), new Greeting(FSID + 1, 2, 0, 5, 0).toBytes());
            default -> {
                // of a foreign volume: what follows may complete it, and it would be let in
                byte[] whole = message(Command.GREETING.number(), new Greeting(FSID + 1, 2, 0, 5, 0).toBytes());
                yield java.util.Arrays.copyOf(whole, random.nextInt(whole.length));
            }
        };
    }

    private byte[] noise(int length) {
        byte[] noise = new byte[length];
        random.nextBytes(noise);
        return noise;
    }

    private static byte[] message(int command, byte[] payload) {
        byte[] message = new byte[NetHeader.SIZE + payload.length];
        new NetHeader(1, 0, 1, payload.length, command, 0, 0).write(MemorySegment.ofArray(message), 0);
        System.arraycopy(payload, 0, message, NetHeader.SIZE, payload.length);
        return message;
    }

    private void sendDatagrams() throws IOException {
        try (DatagramPort from = host.network().bindDatagrams(new Endpoint(OTHER_ADDRESS, 0))) {
            byte[] right = new QuorumMessage(FSID, 1L << 40, QuorumMessage.Type.HEARTBEAT, 0).toBytes();
            byte[] foreign = new QuorumMessage(FSID + 1, 99, QuorumMessage.Type.HEARTBEAT, 0).toBytes();
            byte[] absent = new QuorumMessage(FSID, 99, QuorumMessage.Type.RESIGNATION, 3).toBytes();
            byte[] damaged = right.clone();
            damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            Endpoint to = new Endpoint(ADDRESS, port);
            for (byte[] each : List.of(
                    noise(random.nextInt(2000)),
                    new byte[0],
                    java.util.Arrays.copyOf(right, 31),
                    java.util.Arrays.copyOf(right, 33),
                    foreign,
                    absent,
                    damaged)) {
                from.send(to, each);
            }
        }
    }
}
