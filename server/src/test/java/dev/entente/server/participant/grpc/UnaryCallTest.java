package dev.entente.server.participant.grpc;

import static dev.entente.server.participant.ParticipantConfig.plaintext;
import static dev.entente.server.participant.grpc.CallFixture.await;
import static dev.entente.server.participant.grpc.CallFixture.callOf;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.CallMetadata;
import dev.entente.server.participant.ParticipantConfig;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Unary calls, with rejections in trailers. */
class UnaryCallTest extends CallContract {
    @Override
    GrpcParticipants calling(ParticipantConfig config) {
        return CallFixture.participants(config);
    }

    @Override
    boolean usesTestedTransport(LoopbackParticipant.Arrived arrived) {
        return !arrived.isStreamed();
    }

    @Test
    void a_long_rejection_with_non_ASCII_text_is_a_rejection() {
        try (var stock = LoopbackParticipant.start(rejecting("漢".repeat(1000)));
                var participants = calling(plaintext("stock", stock.target()))) {
            assertThat(await(start(participants, callOf("stock"))))
                    .isInstanceOfSatisfying(
                            Outcome.Rejected.class,
                            no -> assertThat(no.settled()).isTrue());
        }
    }

    @Test
    void a_very_long_rejection_does_not_break_other_calls_on_its_connection() {
        var held = new CompletableFuture<ServerCall<ByteString, ByteString>>();
        try (var stock = LoopbackParticipant.start((_, call) -> held.complete(call));
                var participants = calling(plaintext("stock", stock.target()))) {
            CompletableFuture<Outcome> slow = start(participants, callOf("stock"));
            ServerCall<ByteString, ByteString> call = held.join();
            stock.behave(rejecting("x".repeat(12 << 10)));

            assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Rejected.class);
            LoopbackParticipant.ok("done").answer(stock.arrived().getFirst(), call);

            assertThat(await(slow)).isEqualTo(new Outcome.Succeeded(ByteString.copyFromUtf8("done")));
        }
    }

    private static LoopbackParticipant.Behaviour rejecting(String description) {
        ErrorInfo error = ErrorInfo.newBuilder()
                .setDomain("entente.dev")
                .setReason("REJECTED")
                .build();
        Metadata trailers = LoopbackParticipant.details(Code.FAILED_PRECONDITION, error);
        trailers.put(CallMetadata.SETTLED, "true");
        return LoopbackParticipant.status(Status.FAILED_PRECONDITION.withDescription(description), trailers);
    }
}
