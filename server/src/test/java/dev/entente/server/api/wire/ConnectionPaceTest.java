package dev.entente.server.api.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ConnectionPaceTest {
    private static final SocketAddress PEER = of("192.0.2.1");

    private long now = Long.MAX_VALUE - 1_000; // the clock overflows in the middle
    private final ConnectionPace pace = new ConnectionPace(() -> now);

    @Test
    void two_hundred_connections_at_once_do_not_wait_and_further_ones_do() {
        open(200);
        assertThat(pause(PEER)).isEqualTo(Duration.ofMillis(20));
        assertThat(pause(PEER)).isEqualTo(Duration.ofMillis(40));
        assertThat(pause(of("192.0.2.2"))).as("another peer").isZero();
    }

    @Test
    void fifty_connections_a_second_never_wait() {
        for (int i = 0; i < 5000; i++) {
            assertThat(pause(PEER)).isZero();
            pass(Duration.ofMillis(20));
        }
    }

    @Test
    void no_connection_waits_for_longer_than_ten_seconds() {
        open(1_000_000);
        assertThat(pause(PEER)).isEqualTo(Duration.ofSeconds(10));
        pass(Duration.ofSeconds(15));
        assertThat(pause(PEER)).as("once the flood has ended").isZero();
    }

    @Test
    void a_connection_that_was_closed_for_its_pings_counts_as_fifty() {
        for (int i = 0; i < 4; i++) {
            pace.pingedOut(PEER);
        }
        assertThat(pause(PEER)).isEqualTo(Duration.ofMillis(20));
    }

    @Test
    void peers_are_bounded_and_forgotten() {
        for (int i = 0; i < 10_000; i++) {
            pause(number(i));
        }
        open(1000);
        assertThat(pause(PEER)).as("one peer too many").isZero();
        assertThat(pause(number(1))).isZero();
        pass(Duration.ofSeconds(1));
        open(1000);
        assertThat(pause(PEER)).isPositive();
    }

    private void open(int connections) {
        for (int i = 0; i < connections; i++) {
            pause(PEER);
        }
    }

    private static SocketAddress number(int number) {
        return of("198.51." + number / 256 + "." + number % 256);
    }

    private static SocketAddress of(String address) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), 4711);
    }

    private Duration pause(SocketAddress address) {
        return Duration.ofNanos(pace.pauseNanos(address));
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }
}
