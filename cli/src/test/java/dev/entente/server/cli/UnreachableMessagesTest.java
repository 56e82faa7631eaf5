package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import org.junit.jupiter.api.Test;

class UnreachableMessagesTest {
    /** The texts are from gRPC 1.85 behind nghttpx, and from a coordinator with too many streams. */
    @Test
    void only_a_stream_reset_with_an_internal_error_is_attributed_to_a_proxy() {
        assertThat(message(Status.INTERNAL, "RST_STREAM closed stream. HTTP/2 error code: INTERNAL_ERROR"))
                .contains("was cut", "by a proxy", "a read timeout of the proxy that is longer")
                .doesNotContain("failed");
        assertThat(message(Status.UNAVAILABLE, "RST_STREAM closed stream. HTTP/2 error code: REFUSED_STREAM"))
                .contains("no coordinator responds")
                .doesNotContain("read timeout");
    }

    /** The text is from gRPC 1.85 behind nginx with its default grpc_buffer_size. */
    @Test
    void an_http_502_response_is_attributed_to_a_proxy() {
        assertThat(message(Status.UNAVAILABLE, "HTTP status code 502\ninvalid content-type: text/html"))
                .contains("a proxy responds at", "grpc_buffer_size")
                .doesNotContain("no coordinator responds");
    }

    /** The texts are from gRPC 1.85 behind nginx and haproxy. */
    @Test
    void the_message_names_the_setting_that_fixes_a_proxy_error() {
        assertThat(message(Status.UNAVAILABLE, "http2 exception"))
                .contains("without TLS", "--tls or --ca", "gRPC port");
        assertThat(message(Status.UNKNOWN, "HTTP status code 413\ninvalid content-type: text/html"))
                .contains("a proxy", "client_max_body_size")
                .doesNotContain("failed");
        assertThat(message(Status.UNAVAILABLE, "Failed ALPN negotiation: Unable to find compatible protocol"))
                .contains("a proxy", "alpn h2")
                .doesNotContain("no coordinator responds");
        assertThat(message(
                        Status.UNKNOWN,
                        "HTTP status code 0\nmissing content-type\nUnexpected HTTP/1.x request: POST /entente.v1.X/Y"))
                .contains("a proxy", "grpc_pass")
                .doesNotContain("failed");
        assertThat(message(Status.UNKNOWN, "HTTP status code 0\nmissing content-type\nheaders: Metadata()"))
                .contains("a proxy", "grpc_pass");
        assertThat(message(Status.UNKNOWN, "HTTP status code 301\ninvalid content-type: text/html"))
                .contains("HTTP status code 301", "redirects to https")
                .doesNotContain("failed");
        assertThat(message(
                        Status.UNAVAILABLE,
                        "http2 exception: First received frame was not SETTINGS. Hex dump for first 5 bytes:"
                                + " 485454502f"))
                .contains("speaks HTTP/1.1", "http2 on")
                .doesNotContain("TLS");
        assertThat(message(Status.UNAVAILABLE, "(no_application_protocol) Received fatal alert"))
                .contains("a proxy", "http2 on")
                .doesNotContain("no coordinator responds");
    }

    private static String message(Status status, String description) {
        return Unreachable.message(status.withDescription(description), "127.0.0.1:1");
    }
}
