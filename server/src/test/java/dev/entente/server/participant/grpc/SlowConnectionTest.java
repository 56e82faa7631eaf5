package dev.entente.server.participant.grpc;

import static dev.entente.server.participant.ParticipantConfig.plaintext;
import static dev.entente.server.participant.grpc.CallFixture.await;
import static dev.entente.server.participant.grpc.CallFixture.callOf;
import static dev.entente.server.participant.grpc.CallFixture.isUnreachable;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.LoopbackPorts;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Target;
import dev.entente.server.Certificate;
import dev.entente.server.app.CalledParticipants;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantConfig.Tls;
import dev.entente.server.participant.Participants;
import dev.entente.server.participant.http.HttpParticipantsTest;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that take longer than the timeout of a call: the timeout begins with a ready connection. */
@Execution(ExecutionMode.CONCURRENT)
class SlowConnectionTest {
    /** The timeout of an attempt. Within this time a call must detect a missing connection, also on a busy machine. */
    private static final Duration SHORT = Duration.ofSeconds(5);

    @TempDir
    static Path folder;

    private static CalledParticipants participants(Duration connect, ParticipantConfig... configs) {
        return CallFixture.called(connect, Metrics.none(), configs);
    }

    private static BranchCall post(String participant) {
        Target target = new Target.Http(participant, "POST", "/", Map.of());
        return CallFixture.of(Pattern.NOTIFICATION, CallFixture.to(target, callOf(participant, SHORT)));
    }

    /** Waits for the timeout of a short call. */
    private static void awaitTimeout(Participants participants) {
        assertThat(await(start(participants, callOf("hung", SHORT)))).isInstanceOf(Outcome.Unknown.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void over_grpc_the_timeout_does_not_run_before_the_connection_is_ready(boolean isStreaming) throws IOException {
        try (var hung = LoopbackParticipant.start(LoopbackParticipant.hang());
                var stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                var blocked = new BlockedPort(stock.target());
                var participants = participants(
                        CallFixture.CONNECT,
                        plaintext("hung", hung.target()),
                        plaintext("stock", blocked.address()).with(it -> it.streams = isStreaming))) {
            CompletableFuture<Outcome> slow = start(participants, callOf("stock", SHORT));
            blocked.awaitConnection();
            awaitTimeout(participants);
            assertThat(slow).isNotDone();

            blocked.open();

            assertThat(await(slow)).isInstanceOf(Outcome.Succeeded.class);
            assertThat(stock.arrived()).hasSize(1);
        }
    }

    @Test
    void over_https_the_timeout_does_not_run_before_the_connection_is_ready() throws Exception {
        Certificate own = Certificate.selfSigned(folder, "slow");
        try (var hung = LoopbackParticipant.start(LoopbackParticipant.hang());
                var stock =
                        LoopbackHttp.start(HttpParticipantsTest.context(own), _ -> LoopbackHttp.Answer.of(200, ""));
                var blocked = new BlockedPort(stock.hostPort());
                var participants = participants(
                        CallFixture.CONNECT,
                        plaintext("hung", hung.target()),
                        https(blocked.address(), CallFixture.tls(own.chain(), null, null, null)))) {
            CompletableFuture<Outcome> slow = start(participants, post("stock"));
            blocked.awaitConnection();
            awaitTimeout(participants);
            assertThat(slow).isNotDone();

            blocked.open();

            assertThat(await(slow)).isInstanceOf(Outcome.Succeeded.class);
            assertThat(stock.arrived()).hasSize(1);
        }
    }

    @Test
    void over_https_an_unfinished_handshake_does_not_count_as_an_attempt() throws Exception {
        Certificate own = Certificate.selfSigned(folder, "never");
        try (var blocked = new BlockedPort("127.0.0.1:1");
                var participants =
                        participants(SHORT, https(blocked.address(), CallFixture.tls(own.chain(), null, null, null)))) {
            assertThat(isUnreachable(await(start(participants, post("stock"))))).isTrue();
            Awaitility.await().until(() -> participants.statuses().getFirst().inFlight() == 0);
        }
    }

    /**
     * A listener with a full backlog: Linux drops the first packet of a connection, which is sent again after a second.
     */
    @Test
    void over_http_the_timeout_does_not_run_before_the_server_accepts() throws IOException {
        try (var hung = LoopbackParticipant.start(LoopbackParticipant.hang());
                var full = new ServerSocket();
                var first = new Socket();
                var second = new Socket()) {
            full.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
            first.connect(full.getLocalSocketAddress());
            second.connect(full.getLocalSocketAddress());
            try (var participants = participants(
                    CallFixture.CONNECT,
                    plaintext("hung", hung.target()),
                    plaintext("stock", "http://127.0.0.1:" + full.getLocalPort()))) {
                CompletableFuture<Outcome> slow = start(participants, post("stock"));
                awaitTimeout(participants);
                awaitTimeout(participants);
                assertThat(slow).isNotDone();

                full.accept().close();
                full.accept().close();
                try (Socket third = full.accept()) {
                    third.getOutputStream()
                            .write("HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    assertThat(await(slow)).isInstanceOf(Outcome.Succeeded.class);
                }
            }
        }
    }

    /**
     * A call that rests when the participant becomes available again would be late by the rest.
     */
    @Test
    void a_call_that_waited_for_a_connection_may_wait_again_at_once() throws IOException {
        try (var blocked = new BlockedPort("127.0.0.1:1");
                var participants = participants(SHORT, plaintext("stock", blocked.address()))) {
            assertThat(await(start(participants, callOf("stock", SHORT))))
                    .isInstanceOfSatisfying(Outcome.NotSent.class, SlowConnectionTest::isAtOnce);
        }
    }

    @Test
    void an_http_call_that_waited_for_an_open_circuit_may_wait_again_at_once() throws IOException {
        try (var participants =
                participants(Duration.ofSeconds(1), plaintext("stock", "http://127.0.0.1:" + LoopbackPorts.next()))) {
            while (!participants.statuses().getFirst().circuit().equals("open")) {
                await(start(participants, post("stock")));
            }
            // Some of the calls are probes and end earlier.
            List<CompletableFuture<Outcome>> waiting = Stream.generate(() -> start(participants, post("stock")))
                    .limit(9)
                    .toList();

            assertThat(waiting)
                    .map(CallFixture::await)
                    .anySatisfy(outcome -> assertThat(outcome)
                            .isInstanceOfSatisfying(Outcome.NotSent.class, SlowConnectionTest::isAtOnce));
        }
    }

    private static void isAtOnce(Outcome.NotSent outcome) {
        assertThat(outcome.isUnreachable()).isTrue();
        assertThat(outcome.retryAfter()).isLessThanOrEqualTo(Duration.ofMillis(51));
    }

    @Test
    void a_recalled_call_does_not_wait_for_a_connection() throws IOException {
        CompletableFuture<Boolean> isRecalled = new CompletableFuture<>();
        BranchCall.Permit permit = new BranchCall.Permit() {
            @Override
            public boolean mayLeave() {
                return true;
            }

            @Override
            public boolean mayWait() {
                return !isRecalled.isDone();
            }
        };
        try (var blocked = new BlockedPort("127.0.0.1:1");
                var participants = participants(Duration.ofHours(1), plaintext("stock", blocked.address()))) {
            CompletableFuture<Outcome> slow =
                    start(participants, CallFixture.permitted(permit, callOf("stock", SHORT)));
            blocked.awaitConnection();
            isRecalled.complete(true);

            assertThat(await(slow)).isInstanceOf(Outcome.NotSent.class);
        }
    }

    private static ParticipantConfig https(String address, Tls tls) {
        return plaintext("stock", "https://" + address).with(it -> it.tls = tls);
    }
}
