package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.StringValue;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.CoordinatorUnavailable.Certainty;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.client.Saga;
import dev.entente.v1.Transaction;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses larger than four megabytes, the default limit of a gRPC channel. */
class LargeAnswersTest {
    private static final int CHARACTERS = 5 << 20;
    private static final MethodDescriptor<StringValue, StringValue> REPORT =
            TextService.method("report.v1.ReportService/Report");

    private static io.grpc.Server participant;
    private static LocalCoordinator server;

    @BeforeAll
    static void start() throws IOException {
        StringValue large = StringValue.of("x".repeat(CHARACTERS));
        participant = TextService.onAnyPort()
                .addService(TextService.of(REPORT, (StringValue _, StreamObserver<StringValue> answer) -> {
                    answer.onNext(large);
                    answer.onCompleted();
                }))
                .build()
                .start();
        server = LocalCoordinator.start(
                "limits.payload",
                "8MiB",
                "retention.keepPayloads",
                "true",
                "participants.report.target",
                TextService.target(participant));
    }

    @AfterAll
    static void stop() {
        server.close();
        participant.shutdownNow();
    }

    private static Saga saga(Entente entente, String gid) {
        Saga saga = entente.saga("report").gid(gid);
        var step = saga.step("report", entente.participant("report").call(REPORT, StringValue.of(gid)))
                .nothingToUndo();
        return saga.result(step);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_large_response_reaches_the_client(boolean isStreaming) {
        try (Entente entente =
                Entente.builder(server.target()).stream(isStreaming).build()) {
            String gid = "large-" + isStreaming;
            Outcome ended = saga(entente, gid).submitAndWait(PatientAwaits.BOUND);
            assertThat(ended)
                    .isInstanceOfSatisfying(
                            Outcome.Succeeded.class,
                            succeeded -> assertThat(succeeded
                                            .result(StringValue.getDefaultInstance())
                                            .getValue())
                                    .hasSize(CHARACTERS));
            assertThat(entente.transactions().describe(gid).getSerializedSize()).isGreaterThan(2 * CHARACTERS);
        }
    }

    @Test
    void a_response_too_large_for_a_custom_channel_is_reported_as_done() {
        ManagedChannel own = Grpc.newChannelBuilder(server.target(), InsecureChannelCredentials.create())
                .build();
        try (Entente entente = Entente.builder(own).build();
                Entente taking = Entente.builder(server.target()).build()) {
            CoordinatorUnavailable unread = catchThrowableOfType(
                    CoordinatorUnavailable.class, () -> saga(entente, "unread").submitAndWait(PatientAwaits.BOUND));
            assertThat(unread.certainty()).isEqualTo(Certainty.DONE);
            assertThat(unread).hasMessageContainingAll("'unread' was done", "exceeds maximum size");
            assertThat(unread.retryable()).isFalse();
            assertThat(taking.transactions().get("unread").getState()).isEqualTo(Transaction.State.SUCCEEDED);
            CoordinatorUnavailable unseen = catchThrowableOfType(
                    CoordinatorUnavailable.class, () -> entente.transactions().describe("unread"));
            assertThat(unseen.certainty()).isEqualTo(Certainty.READ_ONLY);
            assertThat(unseen).hasMessageContaining("request less data");
        } finally {
            own.shutdownNow();
        }
    }
}
