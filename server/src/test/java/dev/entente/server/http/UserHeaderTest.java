package dev.entente.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.api.connect.ConnectCalls;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The header with the user's name, at a port with a page that shows the name. */
final class UserHeaderTest {
    private static final FormlessWebsite SHOWN = new FormlessWebsite() {
        @Override
        public WebResponse answer(WebRequest request) {
            return WebResponse.of(200, WebResponse.PLAIN, Map.of(), "[" + request.user() + "]");
        }

        @Override
        public @Nullable EventFeed events(WebRequest request) {
            return null;
        }
    };

    /** Returns the response to a request with the header {@code x-user} for each name, in UTF-8. */
    private static String get(boolean isTrusted, String header, String path, String... names) throws IOException {
        RequestFilter filter =
                new RequestFilter(List.of(), _ -> isTrusted, header, false, false, ConnectCalls::refusal);
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        HttpPort port = HttpPort.start(any, null, filter, Metrics.withoutJvm());
        port.show(SHOWN);
        try (StrangerSocket client = StrangerSocket.connect(port.port())) {
            client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
            for (String name : names) {
                byte[] sent = name.getBytes(StandardCharsets.UTF_8);
                client.send("x-user: " + new String(sent, StandardCharsets.ISO_8859_1) + "\r\n");
            }
            byte[] received = client.send("\r\n").untilEnd().getBytes(StandardCharsets.ISO_8859_1);
            return new String(received, StandardCharsets.UTF_8);
        } finally {
            port.stop();
        }
    }

    @Test
    void one_short_name_from_a_trusted_proxy_is_the_user() throws IOException {
        for (String name : List.of("ann@shop.example", "J\u00fcrgen, \u5f20\u4e09 \u202e", "\u00fc".repeat(128))) {
            assertThat(get(true, "X-User", "/", name))
                    .startsWith("HTTP/1.1 200 ")
                    .endsWith("[" + name + "]");
        }
        for (String name : List.of("z".repeat(129), "", "(null)")) {
            assertThat(get(true, "X-User", "/", name)).startsWith("HTTP/1.1 400 ");
        }
        assertThat(get(true, "X-User", "/", "ann", "ann"))
                .startsWith("HTTP/1.1 400 ")
                .contains("ENT-001: X-User: occurs 2 times");
    }

    @Test
    void a_header_from_another_address_is_refused() throws IOException {
        for (String path : List.of("/", "/entente.v1.TransactionService/GetTransaction")) {
            assertThat(get(false, "X-User", path, "ann", "ann"))
                    .startsWith("HTTP/1.1 403 ")
                    .contains("ENT-064", "the header X-User comes from 127.0.0.1", "http.trustedProxies")
                    .doesNotContain("ann");
        }
        assertThat(get(false, "X-User", "/livez", "ann")).startsWith("HTTP/1.1 200 ");
        assertThat(get(false, "X-User", "/")).endsWith("[]");
        assertThat(get(false, "", "/", "ann")).as("without the setting").endsWith("[]");
    }
}
