package dev.entente.server.participant.grpc;

import static dev.entente.server.participant.ParticipantConfig.plaintext;
import static dev.entente.server.participant.grpc.CallFixture.await;
import static dev.entente.server.participant.grpc.CallFixture.awaitStream;
import static dev.entente.server.participant.grpc.CallFixture.callOf;
import static dev.entente.server.participant.grpc.CallFixture.participants;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.backends.LoopbackPorts;
import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.EventLoops;
import dev.entente.v1.ExecuteRequest;
import dev.entente.v1.ParticipantServiceGrpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Conditions under which calls use a stream, and the outcomes of calls when the stream ends. */
class CallStreamTest {

    @Test
    void calls_are_unary_until_the_participant_offers_a_stream() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                var participants = streaming(stock)) {
            await(start(participants, callOf("stock")));
            awaitStream(participants);
            await(start(participants, callOf("stock")));

            assertThat(stock.arrived())
                    .extracting(LoopbackParticipant.Arrived::isStreamed)
                    .containsExactly(false, true);
            assertThat(stock.streams()).isEqualTo(1);
        }
    }

    @Test
    void a_participant_without_streams_is_asked_once() {
        try (var stock = LoopbackParticipant.plain(LoopbackParticipant.ok(""));
                var participants = streaming(stock)) {
            for (int i = 0; i < 20; i++) {
                assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Succeeded.class);
            }
            assertThat(stock.streams()).isEqualTo(1);
            assertThat(participants.statuses().getFirst().isStreaming()).isFalse();
        }
    }

    @Test
    void a_participant_without_streams_is_asked_again_after_its_restart() throws IOException {
        int port = LoopbackPorts.next();
        try (var participants =
                participants(plaintext("stock", "127.0.0.1:" + port).with(it -> it.streams = true))) {
            try (var plain = LoopbackParticipant.plain(port, LoopbackParticipant.ok(""))) {
                await(start(participants, callOf("stock")));
                Awaitility.await().until(() -> plain.streams() == 1);
            }
            try (var stock = LoopbackParticipant.start(port, LoopbackParticipant.ok(""))) {
                awaitStream(participants);
                await(start(participants, callOf("stock")));
                assertThat(stock.arrived()).allMatch(LoopbackParticipant.Arrived::isStreamed);
            }
        }
    }

    @Test
    void calls_of_one_event_loop_task_are_sent_as_one_message() {
        EventLoops loop = EventLoops.start(1);
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                var participants = GrpcParticipants.of(
                        List.of(plaintext("stock", stock.target()).with(it -> it.streams = true)), loop)) {
            awaitStream(participants);
            int before = stock.streamMessages();
            Queue<CompletableFuture<Outcome>> answers = new ConcurrentLinkedQueue<>();
            loop.group().execute(() -> {
                for (int i = 0; i < 200; i++) {
                    answers.add(start(participants, callOf("stock")));
                }
            });
            Awaitility.await().until(() -> answers.size() == 200);

            assertThat(answers).allSatisfy(answer -> assertThat(await(answer)).isInstanceOf(Outcome.Succeeded.class));
            assertThat(stock.streamMessages() - before).isEqualTo(1);
        } finally {
            loop.close();
        }
    }

    @Test
    void a_large_request_is_sent_as_a_unary_call() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                var participants = streaming(stock)) {
            awaitStream(participants);
            ByteString large = ByteString.copyFrom(new byte[OpenStream.MAX_REQUEST_BYTES + 1]);

            assertThat(await(start(participants, CallFixture.with(large, callOf("stock")))))
                    .isInstanceOf(Outcome.Succeeded.class);

            assertThat(stock.arrived())
                    .extracting(LoopbackParticipant.Arrived::isStreamed)
                    .containsExactly(false);
        }
    }

    @Test
    void many_calls_with_large_requests_all_receive_their_responses() {
        LoopbackParticipant.Behaviour echo = (arrived, call) -> {
            call.sendHeaders(new Metadata());
            call.sendMessage(arrived.request());
            call.close(Status.OK, new Metadata());
        };
        try (var stock = LoopbackParticipant.start(echo);
                var participants = streaming(stock)) {
            awaitStream(participants);
            List<CompletableFuture<Outcome>> answers = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                ByteString request = ByteString.copyFrom(new byte[OpenStream.MAX_REQUEST_BYTES - i]);
                answers.add(start(participants, CallFixture.with(request, callOf("stock"))));
            }
            for (int i = 0; i < 500; i++) {
                ByteString expected = ByteString.copyFrom(new byte[OpenStream.MAX_REQUEST_BYTES - i]);
                assertThat(await(answers.get(i)).equals(new Outcome.Succeeded(expected)))
                        .isTrue();
            }
            assertThat(stock.arrived()).allMatch(LoopbackParticipant.Arrived::isStreamed);
        }
    }

    @Test
    void calls_of_a_broken_stream_are_unknown_and_later_calls_succeed_after_a_restart() throws IOException {
        int port = LoopbackPorts.next();
        try (var participants =
                participants(plaintext("stock", "127.0.0.1:" + port).with(it -> it.streams = true))) {
            List<CompletableFuture<Outcome>> cutOff = new ArrayList<>();
            try (var stock = LoopbackParticipant.start(port, LoopbackParticipant.hang())) {
                awaitStream(participants);
                for (int i = 0; i < 100; i++) {
                    cutOff.add(start(participants, callOf("stock")));
                }
                Awaitility.await().until(() -> stock.arrived().size() == 100);
            }
            assertThat(cutOff).allSatisfy(answer -> assertThat(await(answer)).isInstanceOf(Outcome.Unknown.class));
            assertThat(participants.statuses().getFirst().isStreaming()).isFalse();
            // All hundred calls used one connection.
            assertThat(participants.statuses().getFirst().circuit()).isEqualTo("closed");
            // The capacity is released after the response.
            Awaitility.await().until(() -> participants.statuses().getFirst().inFlight() == 0);

            try (var stock = LoopbackParticipant.start(port, LoopbackParticipant.ok(""))) {
                Awaitility.await()
                        .until(() -> await(start(participants, callOf("stock"))) instanceof Outcome.Succeeded);
                awaitStream(participants);
                assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Succeeded.class);
                assertThat(stock.arrived().getLast().isStreamed()).isTrue();
            }
        }
    }

    @Test
    void an_orderly_shutdown_of_a_participant_loses_no_call() {
        Queue<ServerCall<ByteString, ByteString>> held = new ConcurrentLinkedQueue<>();
        try (var stock = LoopbackParticipant.start((_, call) -> held.add(call));
                var participants = streaming(stock)) {
            awaitStream(participants);
            CompletableFuture<Outcome> answer = start(participants, callOf("stock"));
            Awaitility.await().until(() -> held.size() == 1);

            stock.shutdown();
            Awaitility.await().until(() -> !participants.statuses().getFirst().isStreaming());
            LoopbackParticipant.ok("done").answer(stock.arrived().getFirst(), held.remove());

            assertThat(await(answer)).isInstanceOf(Outcome.Succeeded.class);
            Awaitility.await().until(stock::isTerminated);
        }
    }

    @Test
    void calls_to_a_participant_that_reads_nothing_end_at_their_timeout() {
        ServerServiceDefinition silentService = ServerServiceDefinition.builder(ParticipantServiceGrpc.SERVICE_NAME)
                .addMethod(ParticipantServiceGrpc.getExecuteMethod(), (call, _) -> {
                    call.sendHeaders(new Metadata());
                    return new ServerCall.Listener<ExecuteRequest>() {};
                })
                .build();
        try (var stock = LoopbackParticipant.with(silentService);
                var participants = streaming(stock)) {
            awaitStream(participants);
            List<CompletableFuture<Outcome>> answers = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                ByteString request = ByteString.copyFrom(new byte[10_000]);
                answers.add(start(participants, CallFixture.with(request, callOf("stock", Duration.ofMillis(500)))));
            }
            assertThat(answers)
                    .allSatisfy(answer ->
                            assertThat(await(answer)).isInstanceOfAny(Outcome.Unknown.class, Outcome.NotSent.class));
            Awaitility.await()
                    .until(() -> participants.statuses().getFirst().inFlight() == 0
                            && participants.statuses().getFirst().waiting() == 0);
        }
    }

    @Test
    void a_late_response_is_dropped() {
        Queue<ServerCall<ByteString, ByteString>> held = new ConcurrentLinkedQueue<>();
        try (var stock = LoopbackParticipant.start((_, call) -> held.add(call));
                var participants = streaming(stock)) {
            awaitStream(participants);
            // On a busy machine the first call may time out before it arrives.
            Awaitility.await().until(() -> {
                assertThat(await(start(participants, callOf("stock", Duration.ofMillis(100)))))
                        .isInstanceOfAny(Outcome.Unknown.class, Outcome.NotSent.class);
                return !held.isEmpty();
            });
            LoopbackParticipant.ok("late").answer(stock.arrived().getFirst(), held.remove());
            stock.behave(LoopbackParticipant.ok("in time"));

            assertThat(await(start(participants, callOf("stock"))))
                    .isEqualTo(new Outcome.Succeeded(ByteString.copyFromUtf8("in time")));
        }
    }

    @Test
    void each_of_several_connections_has_its_own_stream() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                var participants =
                        participants(plaintext("stock", stock.target()).with(it -> {
                            it.connections = 3;
                            it.streams = true;
                        }))) {
            Awaitility.await().until(() -> {
                await(start(participants, callOf("stock")));
                return stock.streams() == 3;
            });
            for (int i = 0; i < 30; i++) {
                assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Succeeded.class);
            }
        }
    }

    private static GrpcParticipants streaming(LoopbackParticipant stock) {
        return participants(plaintext("stock", stock.target()).with(it -> it.streams = true));
    }
}
