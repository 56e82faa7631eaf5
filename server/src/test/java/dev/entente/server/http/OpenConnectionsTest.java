package dev.entente.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.telemetry.LogLines;
import dev.entente.server.telemetry.Metrics;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class OpenConnectionsTest {
    @RegisterExtension
    private final LogLines lines = new LogLines(RefusedRequests.class);

    private final AtomicLong now = new AtomicLong();
    private final List<SocketAddress> closed = new ArrayList<>();
    private final OpenConnections connections =
            new OpenConnections(new HttpPort.Room(3, 5), new RefusedRequests(Metrics.none()), now::get);

    private static SocketAddress address(int host, int port) {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) host}), port);
        } catch (UnknownHostException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private OpenConnections.Closing open(SocketAddress address) {
        OpenConnections.Closing closing = () -> closed.add(address);
        connections.opened(address, closing);
        return closing;
    }

    private void pass(int seconds) {
        now.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    }

    @Test
    void the_one_that_has_been_silent_for_longest_gives_way() {
        open(address(1, 1));
        open(address(1, 2));
        open(address(1, 3));
        connections.asked(address(1, 1));
        connections.answered(address(1, 1));
        open(address(1, 4));
        assertThat(closed).containsExactly(address(1, 2));
        assertThat(connections.open()).isEqualTo(3);
    }

    @Test
    void a_silent_one_gives_way_before_one_with_a_request_under_way() {
        open(address(1, 1));
        open(address(1, 2));
        open(address(1, 3));
        connections.asked(address(1, 1));
        connections.asked(address(1, 2));
        open(address(1, 4));
        connections.asked(address(1, 4));
        open(address(1, 5));
        assertThat(closed).containsExactly(address(1, 3), address(1, 1));
    }

    @Test
    void the_peer_with_most_connections_makes_room_for_another() {
        open(address(1, 1));
        open(address(2, 1));
        open(address(2, 2));
        open(address(2, 3));
        open(address(3, 1));
        open(address(4, 1));
        assertThat(closed).containsExactly(address(2, 1));
        assertThat(connections.open()).isEqualTo(5);
    }

    @Test
    void a_silent_connection_is_closed_sooner_than_one_that_has_asked() {
        open(address(1, 1));
        open(address(2, 1));
        open(address(3, 1));
        connections.asked(address(2, 1));
        connections.answered(address(2, 1));
        connections.asked(address(3, 1));
        pass(10);
        connections.closeSilent();
        assertThat(closed).isEmpty();
        pass(1);
        connections.closeSilent();
        assertThat(closed).containsExactly(address(1, 1));
        pass(75);
        connections.closeSilent();
        assertThat(closed).containsExactly(address(1, 1), address(2, 1));
        assertThat(connections.open()).isEqualTo(1);
    }

    @Test
    void one_that_has_ended_counts_no_longer_and_a_later_one_of_its_address_does() {
        OpenConnections.Closing first = open(address(1, 1));
        open(address(1, 1));
        connections.closed(first);
        assertThat(connections.open()).isEqualTo(1);
        OpenConnections.Closing second = open(address(1, 2));
        connections.closed(second);
        connections.closed(second);
        assertThat(connections.open()).isEqualTo(1);
        assertThat(lines.told()).isEmpty();
    }
}
