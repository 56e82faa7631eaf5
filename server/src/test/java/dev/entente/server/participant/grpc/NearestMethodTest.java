package dev.entente.server.participant.grpc;

import static dev.entente.server.participant.ParticipantConfig.plaintext;
import static dev.entente.server.participant.grpc.CallFixture.await;
import static dev.entente.server.participant.grpc.CallFixture.participants;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Target;
import dev.entente.server.participant.BranchCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A method that nobody serves parks the transaction: what was meant stands in the reason. */
class NearestMethodTest {
    private static BranchCall callOf(String method) {
        return new BranchCall(
                "order-1",
                "check",
                "action",
                1,
                1,
                Pattern.SAGA,
                Instant.parse("2026-11-20T09:30:00Z"),
                new Target.Grpc("stock", method),
                ByteString.EMPTY,
                Duration.ofSeconds(30),
                () -> true);
    }

    private static ServerServiceDefinition health() {
        return new HealthStatusManager().getHealthService().bindService();
    }

    private static String detailOf(GrpcParticipants participants, String method) {
        Outcome outcome = await(start(participants, callOf(method)));
        assertThat(outcome).isInstanceOf(Outcome.Misconfigured.class);
        return outcome.detail();
    }

    @ParameterizedTest
    @CsvSource({"grpc.health.v1.Health/Chek", "grpc.heath.v1.Health/Check"})
    void the_nearest_method_is_named_where_reflection_tells_it(String typo) {
        try (var stock = LoopbackParticipant.with(
                        health(), ProtoReflectionServiceV1.newInstance().bindService());
                var participants = participants(plaintext("stock", stock.target()))) {
            for (int again = 0; again < 2; again++) {
                assertThat(detailOf(participants, typo))
                        .contains("UNIMPLEMENTED", "did you mean grpc.health.v1.Health/Check?");
            }
        }
    }

    @Test
    void nothing_is_said_where_nobody_tells() {
        try (var stock = LoopbackParticipant.with(health());
                var participants = participants(plaintext("stock", stock.target()))) {
            assertThat(detailOf(participants, "grpc.health.v1.Health/Chek"))
                    .contains("UNIMPLEMENTED")
                    .doesNotContain("did you mean");
        }
    }
}
