package dev.entente.server.api.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class SlowedPeersTest {
    private static final SocketAddress FLOODER = of("192.0.2.1");

    private long now = 1;
    private final SlowedPeers peers = new SlowedPeers(() -> now);

    @Test
    void nobody_waits_before_a_flood() {
        assertThat(pause(FLOODER)).isZero();
    }

    @Test
    void the_next_connections_of_a_flooder_wait_one_after_another() {
        peers.slow(FLOODER);
        assertThat(pause(FLOODER)).isEqualTo(Duration.ofSeconds(10));
        assertThat(pause(FLOODER)).isEqualTo(Duration.ofMillis(10_100));
        pass(Duration.ofSeconds(4));
        assertThat(pause(FLOODER)).isEqualTo(Duration.ofMillis(6_200));
        assertThat(pause(of("192.0.2.2"))).isZero();
    }

    @Test
    void a_while_after_the_flood_nobody_waits() {
        peers.slow(FLOODER);
        pass(Duration.ofSeconds(10));
        assertThat(pause(FLOODER)).isZero();
        assertThat(pause(FLOODER)).isZero();
    }

    @Test
    void a_second_flood_does_not_let_those_in_earlier_who_wait() {
        peers.slow(FLOODER);
        for (int i = 0; i < 100; i++) {
            pause(FLOODER);
        }
        peers.slow(FLOODER);
        assertThat(pause(FLOODER)).isEqualTo(Duration.ofSeconds(20));
    }

    @Test
    void addresses_of_one_network_of_IPv6_are_one_peer() {
        peers.slow(of("2001:db8::1"));
        assertThat(pause(of("2001:db8::ffff:1"))).isPositive();
        assertThat(pause(of("2001:db8:1::1"))).isZero();
    }

    @Test
    void slowed_peers_are_bounded_and_forgotten() {
        for (int i = 0; i < 10_000; i++) {
            peers.slow(number(i));
        }
        peers.slow(FLOODER);
        assertThat(pause(FLOODER)).as("one too many").isZero();
        pass(Duration.ofSeconds(11));
        peers.slow(FLOODER);
        assertThat(pause(FLOODER)).isPositive();
        assertThat(pause(number(1))).isZero();
    }

    private static SocketAddress number(int number) {
        return of("198.51." + number / 256 + "." + number % 256);
    }

    private static SocketAddress of(String address) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), 4711);
    }

    private Duration pause(SocketAddress address) {
        return Duration.ofNanos(peers.pauseNanos(address));
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }
}
