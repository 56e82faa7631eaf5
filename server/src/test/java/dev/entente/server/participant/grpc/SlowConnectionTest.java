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

/** Connections that take longer than a call may: the attempt's time begins when there is one. */
@Execution(ExecutionMode.CONCURRENT)
class SlowConnectionTest {
    /** Of an attempt. A call must come to know within it that there is no connection, also on a busy machine. */
    private static final Duration SHORT = Duration.ofSeconds(5);

    @TempDir
    static Path folder;

    private static CalledParticipants participants(Duration connect, ParticipantConfig... configs) {
        return CallFixture.called(connect, Metrics.none(), configs);
    }

    private static BranchCall post(String participant) {
        Target there = new Target.Http(participant, "POST", "/", Map.of());
        return CallFixture.of(Pattern.NOTIFICATION, CallFixture.to(there, callOf(participant, SHORT)));
    }

    /** Returns when as much time has passed as a short call may take. */
    private static void outlast(Participants participants) {
        assertThat(await(start(participants, callOf("hung", SHORT)))).isInstanceOf(Outcome.Unknown.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void over_grpc_it_does_not_count_while_the_other_side_is_not_ready(boolean isStreaming) throws IOException {
        try (var hung = LoopbackParticipant.start(LoopbackParticipant.hang());
                var stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                var door = new HeldEntry(stock.target());
                var participants = participants(
                        CallFixture.CONNECT,
                        plaintext("hung", hung.target()),
                        plaintext("stock", door.address()).with(it -> it.streams = isStreaming))) {
            CompletableFuture<Outcome> slow = start(participants, callOf("stock", SHORT));
            door.awaitKnock();
            outlast(participants);
            assertThat(slow).isNotDone();

            door.open();

            assertThat(await(slow)).isInstanceOf(Outcome.Succeeded.class);
            assertThat(stock.arrived()).hasSize(1);
        }
    }

    @Test
    void over_https_it_does_not_count_while_the_other_side_is_not_ready() throws Exception {
        Certificate own = Certificate.selfSigned(folder, "slow");
        try (var hung = LoopbackParticipant.start(LoopbackParticipant.hang());
                var stock =
                        LoopbackHttp.start(HttpParticipantsTest.context(own), _ -> LoopbackHttp.Answer.of(200, ""));
                var door = new HeldEntry(stock.hostPort());
                var participants = participants(
                        CallFixture.CONNECT,
                        plaintext("hung", hung.target()),
                        https(door.address(), CallFixture.tls(own.chain(), null, null, null)))) {
            CompletableFuture<Outcome> slow = start(participants, post("stock"));
            door.awaitKnock();
            outlast(participants);
            assertThat(slow).isNotDone();

            door.open();

            assertThat(await(slow)).isInstanceOf(Outcome.Succeeded.class);
            assertThat(stock.arrived()).hasSize(1);
        }
    }

    @Test
    void over_https_a_handshake_that_never_comes_to_an_end_is_no_attempt() throws Exception {
        Certificate own = Certificate.selfSigned(folder, "never");
        try (var door = new HeldEntry("127.0.0.1:1");
                var participants =
                        participants(SHORT, https(door.address(), CallFixture.tls(own.chain(), null, null, null)))) {
            assertThat(isUnreachable(await(start(participants, post("stock"))))).isTrue();
            Awaitility.await().until(() -> participants.statuses().getFirst().inFlight() == 0);
        }
    }

    /**
     * Tests a listener whose queue is full. Linux drops the first packet of a connection then; it is sent again after a
     * second.
     */
    @Test
    void over_http_it_does_not_count_while_the_other_side_does_not_accept() throws IOException {
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
                outlast(participants);
                outlast(participants);
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
     * Tests that a call waits again at once. One that rests when the participant comes back would be late by that rest.
     */
    @Test
    void who_has_waited_in_vain_for_a_connection_waits_again_at_once() throws IOException {
        try (var door = new HeldEntry("127.0.0.1:1");
                var participants = participants(SHORT, plaintext("stock", door.address()))) {
            assertThat(await(start(participants, callOf("stock", SHORT))))
                    .isInstanceOfSatisfying(Outcome.NotSent.class, SlowConnectionTest::isAtOnce);
        }
    }

    @Test
    void who_has_waited_in_vain_for_a_circuit_over_http_waits_again_at_once() throws IOException {
        try (var participants =
                participants(Duration.ofSeconds(1), plaintext("stock", "http://127.0.0.1:" + LoopbackPorts.next()))) {
            while (!participants.statuses().getFirst().circuit().equals("open")) {
                await(start(participants, post("stock")));
            }
            // Some of them go out to see, and come back sooner.
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
    void what_is_called_back_does_not_wait_for_a_connection() throws IOException {
        CompletableFuture<Boolean> isCalledBack = new CompletableFuture<>();
        BranchCall.Permit permit = new BranchCall.Permit() {
            @Override
            public boolean mayLeave() {
                return true;
            }

            @Override
            public boolean mayWait() {
                return !isCalledBack.isDone();
            }
        };
        try (var door = new HeldEntry("127.0.0.1:1");
                var participants = participants(Duration.ofHours(1), plaintext("stock", door.address()))) {
            CompletableFuture<Outcome> slow =
                    start(participants, CallFixture.permitted(permit, callOf("stock", SHORT)));
            door.awaitKnock();
            isCalledBack.complete(true);

            assertThat(await(slow)).isInstanceOf(Outcome.NotSent.class);
        }
    }

    private static ParticipantConfig https(String address, Tls tls) {
        return plaintext("stock", "https://" + address).with(it -> it.tls = tls);
    }
}
