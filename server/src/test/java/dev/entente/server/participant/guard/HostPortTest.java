package dev.entente.server.participant.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost:80",
                "stock.shop.svc.cluster.local:7801",
                "stock.shop.svc.cluster.local.:7801",
                "a-1.b2.example:65535",
                "xn--bcher-kva.example:443",
                "dns.example:443",
                "10.0.0.7:1",
                "255.255.255.255:1",
                "[::1]:80",
                "[fd00::7]:7790"
            })
    void a_text_in_plain_spelling_is_plain(String text) {
        HostPort read = Objects.requireNonNull(HostPort.of(text));
        assertThat(read.isPlain()).isTrue();
        assertThat(read.host() + ":" + read.port()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2130706433:80",
                "0:80",
                "127.1:80",
                "0x7f.1:80",
                "0x7f000001:80",
                "127.0.0.0x1:80",
                "0177.0.0.1:80",
                "127.0.0.01:80",
                "127.0.0.1.:80",
                "256.0.0.1:80",
                "1.2.3.4.5:80",
                "shop.1:80",
                "shop.0x:80",
                "[::ffff:127.0.0.1]:80",
                "[::ffff:7f00:1]:80",
                "[1.2.3.4]:80",
                "[::1::]:80",
                "dns:443",
                "UNIX:1234",
                "xds:443",
                "ipv4:80",
                "http:80",
                "-shop.example:80",
                "shop-.example:80",
                "shop..example:80",
                ".:80"
            })
    void a_text_in_an_ambiguous_spelling_is_not_plain(String text) {
        assertThat(Objects.requireNonNull(HostPort.of(text)).isPlain()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "stock",
                ":80",
                "0:",
                "shop.example:",
                "shop.example:0",
                "shop.example:65536",
                "shop.example:8x",
                "shop.example: 80",
                "a b:80",
                "user@shop.example:80",
                "shop.example:80:80",
                "[::1%eth0]:80",
                "xds:///shop",
                "dns:///shop.example:80",
                "unix:/run/docker.sock",
                "unix-abstract:name",
                "ipv4:",
                "ipv4:127.0.0.1:80",
                "http://shop.example:80",
                "shop.example:٨٠"
            })
    void an_invalid_text_is_no_host_and_port(String text) {
        assertThat(HostPort.of(text)).isNull();
    }
}
