package org.scoutfs.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.scoutfs.host.HostContract.MILLI;
import static org.scoutfs.host.HostContract.SECOND;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.scoutfs.host.DatagramPort.Datagram;

/** Faults of the network between hosts. One thread: time is moved by hand. */
class SimulatedNetworkTest {
    private static final long SEED = 4711;

    private final TestHost one = TestHost.create(SEED);
    private final TestHost two = one.peer(0x0a000002);
    private final SimulatedNetwork net = one.net();

    @Test
    void datagramsTakeTheirTime() throws IOException {
        net.delays(5 * MILLI, 5 * MILLI);
        DatagramPort a = one.network().bindDatagrams(one.endpoint(1));
        DatagramPort b = two.network().bindDatagrams(new Endpoint(Endpoint.ANY_ADDRESS, 2));
        a.send(two.endpoint(2), new byte[] {1});
        one.advance(5 * MILLI - 1);
        assertThat(b.receive(0)).isNull();
        one.advance(1);
        Datagram datagram = b.receive(0);
        assertThat(datagram.source()).isEqualTo(one.endpoint(1));
        assertThat(datagram.payload()).containsExactly(1);
    }

    @Test
    void datagramsAreLostDoubledAndReorderedAsTheSeedSays() throws IOException {
        List<Byte> first = sendManyThroughFaults(TestHost.create(SEED));
        assertThat(first)
                .hasSizeBetween(50, 200)
                .isNotEqualTo(first.stream().sorted().toList());
        assertThat(first.stream().distinct().count()).isLessThan(first.size());
        assertThat(sendManyThroughFaults(TestHost.create(SEED))).isEqualTo(first);
        assertThat(sendManyThroughFaults(TestHost.create(SEED + 1))).isNotEqualTo(first);
    }

    private static List<Byte> sendManyThroughFaults(TestHost host) throws IOException {
        host.net().delays(0, 10 * MILLI);
        host.net().datagramFaults(0.3, 0.2);
        DatagramPort port = host.network().bindDatagrams(host.endpoint(1));
        for (int i = 0; i < 100; i++) {
            port.send(host.endpoint(1), new byte[] {(byte) i});
        }
        host.advance(10 * MILLI);
        List<Byte> got = new ArrayList<>();
        for (Datagram d = port.receive(0); d != null; d = port.receive(0)) {
            got.add(d.payload()[0]);
        }
        return got;
    }

    @Test
    void aBlockedPathLosesDatagramsOneWay() throws IOException {
        DatagramPort a = one.network().bindDatagrams(one.endpoint(1));
        DatagramPort b = two.network().bindDatagrams(two.endpoint(1));
        net.block(one.ipv4(), two.ipv4());
        a.send(b.local(), new byte[] {1});
        b.send(a.local(), new byte[] {2});
        assertThat(b.receive(0)).isNull();
        assertThat(a.receive(0).payload()).containsExactly(2);
        net.heal();
        a.send(b.local(), new byte[] {3});
        assertThat(b.receive(0).payload()).containsExactly(3);
    }

    @Test
    void streamsKeepTheirOrderAndWaitOutAPartition() throws IOException {
        StreamListener listener = two.network().listen(two.endpoint(1), 1);
        StreamConnection client = one.network().connect(listener.local(), SECOND);
        StreamConnection server = listener.accept();
        net.delays(0, 10 * MILLI);
        net.partition(one.ipv4(), two.ipv4());
        for (int i = 0; i < 50; i++) {
            client.write(new byte[] {(byte) i});
        }
        client.close();
        one.advance(100 * SECOND);
        net.heal();
        one.advance(10 * MILLI);
        byte[] got = new byte[50];
        server.readFully(got, 0, 50);
        for (int i = 0; i < 50; i++) {
            assertThat(got[i]).isEqualTo((byte) i);
        }
        assertThat(server.read(got, 0, 1)).isEqualTo(-1);
    }

    @Test
    void keepAliveBreaksAConnectionWhosePathIsBlockedTooLong() throws IOException {
        StreamListener listener = two.network().listen(two.endpoint(1), 1);
        StreamConnection client = one.network().connect(listener.local(), SECOND);
        StreamConnection server = listener.accept();
        client.keepAlive(21, 1, 3);
        net.partition(one.ipv4(), two.ipv4());
        one.advance(23 * SECOND);
        net.heal();
        one.advance(60 * SECOND);
        client.write(new byte[] {1});
        net.partition(one.ipv4(), two.ipv4());
        one.advance(24 * SECOND);
        assertThatThrownBy(() -> client.read(new byte[1], 0, 1))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("timed out");
        byte[] got = new byte[1];
        server.readFully(got, 0, 1);
        server.write(new byte[] {2}); // it has no keepalive and knows nothing
    }

    @Test
    void whoClosesWithoutReadingResets() throws IOException {
        StreamListener listener = two.network().listen(two.endpoint(1), 1);
        StreamConnection client = one.network().connect(listener.local(), SECOND);
        StreamConnection server = listener.accept();
        client.write(new byte[] {1});
        server.write(new byte[] {2});
        server.close();
        byte[] got = new byte[1];
        client.readFully(got, 0, 1);
        assertThatThrownBy(() -> client.read(got, 0, 1)).hasMessageContaining("reset");
    }

    @Test
    void aCrashedHostResetsItsConnectionsAndMayComeBack() throws IOException {
        StreamListener listener = two.network().listen(two.endpoint(1), 1);
        DatagramPort port = two.network().bindDatagrams(two.endpoint(1));
        StreamConnection client = one.network().connect(listener.local(), SECOND);
        StreamConnection server = listener.accept();
        net.crash(two.ipv4());
        assertThatThrownBy(() -> client.read(new byte[1], 0, 1)).hasMessageContaining("reset");
        assertThatThrownBy(() -> server.write(new byte[1])).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> port.receive(0)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> one.network().connect(listener.local(), SECOND))
                .isInstanceOf(ConnectException.class);
        two.network().listen(two.endpoint(1), 1).close();
    }

    @Test
    void twoHostsMayUseTheSamePort() throws IOException {
        StreamListener here = one.network().listen(Endpoint.loopback(7), 1);
        StreamListener there = two.network().listen(Endpoint.loopback(7), 1);
        StreamConnection client = two.network().connect(Endpoint.loopback(7), SECOND);
        assertThat(there.accept().remote()).isEqualTo(client.local());
        here.close();
    }
}
