package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.wire.ErrorDetails;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Random;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Descriptions of failed attempts: one attempt, and several attempts to one address. */
class LinkFailureTest {
    @Test
    void a_specific_reason_takes_precedence_over_no_connection_in_time() {
        TriedCoordinator refused = new TriedCoordinator("a:1", 1, "Connection refused", false);
        TriedCoordinator late = new TriedCoordinator("a:1", 1, LinkFailure.NO_CONNECTION_IN_TIME, false);

        assertThat(refused.again(late).describe()).isEqualTo("a:1: Connection refused (2 attempts)");
        assertThat(late.again(refused).describe()).isEqualTo("a:1: Connection refused (2 attempts)");
        assertThat(late.again(late).describe()).isEqualTo("a:1: no connection in time (2 attempts)");
    }

    @Test
    void the_description_contains_the_cause_hidden_by_gRPC() {
        assertThat(description(new UnknownHostException("coordinator"))).isEqualTo("unknown host: coordinator");
        assertThat(description(new NoRouteToHostException("No route to host: /10.0.0.7:7790")))
                .isEqualTo("No route to host: /10.0.0.7:7790");
        assertThat(description(new IOException(new SSLHandshakeException("PKIX path building failed"))))
                .isEqualTo("TLS: PKIX path building failed");
        assertThat(description(new ConnectException(
                        "finishConnect(..) failed with error(-111): Connection refused: /::1:7790")))
                .isEqualTo("Connection refused: /::1:7790");
        assertThat(description(new IllegalStateException("no channel"))).isEqualTo("UNAVAILABLE: io exception");
    }

    @ParameterizedTest
    @CsvSource({
        "coordinator.example:7790, true",
        "dns:///coordinator.example:7790, true",
        "10.1.2.3:7790, true",
        "[fd00::5]:7790, true",
        "localhost:7790, false",
        "127.0.0.1:7790, false",
        "inside.example:7790, false",
        "not an address, false"
    })
    void a_proxy_of_the_JVM_is_named_with_the_property_that_excludes_the_coordinator(
            String address, boolean isReported) {
        Map<String, String> properties = Map.of(
                "https.proxyHost",
                "proxy.example",
                "https.proxyPort",
                "3128",
                "http.nonProxyHosts",
                "localhost|127.*|inside.example");
        properties.forEach(System::setProperty);
        try {
            StatusException failed =
                    Status.UNAVAILABLE.withDescription("io exception").asException();
            CoordinatorRetryRule attempts =
                    new CoordinatorRetryRule("Submit", "order-1", false, new Random(7), () -> false);
            attempts.next(ErrorDetails.of(failed), failed, address, false);
            String description =
                    attempts.failure(ErrorDetails.of(failed), failed, false).toString();
            assertThat(description.contains("the proxy proxy.example:3128"))
                    .as(description)
                    .isEqualTo(isReported);
            assertThat(description.contains("-Dhttp.nonProxyHosts="))
                    .as(description)
                    .isEqualTo(isReported);
        } finally {
            properties.keySet().forEach(System::clearProperty);
        }
    }

    private static String description(Exception cause) {
        StatusException failed = Status.UNAVAILABLE
                .withDescription("io exception\nChannel Pipeline: []")
                .withCause(cause)
                .asException();
        return LinkFailure.describe(ErrorDetails.of(failed), failed, false);
    }
}
