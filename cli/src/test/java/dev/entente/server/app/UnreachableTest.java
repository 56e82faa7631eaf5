package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import dev.entente.backends.LoopbackPorts;
import dev.entente.server.cli.Cli;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.server.store.TestDatabase;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Operation;
import java.io.IOException;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests that a branch reports why its call is not sent, until the call is sent. */
class UnreachableTest {
    private static Operation over(String protocol) {
        return protocol.equals("http") ? SamplePlans.http("shop", "/pay") : SamplePlans.call("shop/a.Shop/Pay");
    }

    private static AutoCloseable listen(String protocol, int port) throws IOException {
        return protocol.equals("http")
                ? LoopbackHttp.start(port, _ -> Answer.of(200, "{}"))
                : ExampleParticipant.start(port);
    }

    /** @param connect how long a call waits for a connection */
    private static LocalCoordinator start(String target, Duration connect) {
        FixedTimes usual = LocalServer.TIMES;
        FixedTimes times = new FixedTimes(usual.database(), usual.connections(), connect, usual.noProgress());
        return LocalCoordinator.start(times, TestDatabase.withSchema(), "a", "participants.shop.target", target);
    }

    @ParameterizedTest
    @CsvSource({"grpc, PT1H", "grpc, PT0.1S", "http, PT1H", "http, PT0.1S"})
    void a_branch_reports_a_missing_connection_until_the_call_is_sent(String way, Duration connect) throws Exception {
        int port = LoopbackPorts.next();
        String scheme = way.equals("http") ? "http://" : "";
        try (LocalCoordinator server = start(scheme + "127.0.0.1:" + port, connect)) {
            server.submit(SamplePlans.oneStep("u-1", over(way)));
            Awaitility.await()
                    .until(() -> server.get("u-1").getBranches(0).getNotSent().contains("could not connect"));
            BranchStatus branch = server.get("u-1").getBranches(0);
            assertThat(branch.getNotSent()).doesNotContain("127.0.0.1", "refused");
            assertThat(branch.getAttempts()).isZero();
            assertThat(branch.getLastOutcome()).isEqualTo(Call.Outcome.OUTCOME_UNSPECIFIED);
            assertThat(branch.getState()).isEqualTo(BranchStatus.State.PENDING);
            assertThat(Cli.run("tx", "describe", "u-1", "--target", server.target())
                            .out())
                    .contains("not sent: ", "could not connect to the participant");
            try (AutoCloseable _ = listen(way, port)) {
                Awaitility.await().until(() -> server.get("u-1").getBranches(0).getState() == BranchStatus.State.DONE);
                assertThat(server.get("u-1").getBranches(0).getNotSent()).isEmpty();
                assertThat(server.get("u-1").getBranches(0).hasUnreachableSince())
                        .isFalse();
            }
        }
    }

    @Test
    void a_branch_reports_since_when_its_participant_is_unreachable() throws Exception {
        try (LocalCoordinator server = start("127.0.0.1:" + LoopbackPorts.next(), Duration.ofMillis(10))) {
            server.submit(SamplePlans.oneStep("u-2", over("grpc")));
            Awaitility.await().until(() -> server.get("u-2").getBranches(0).hasUnreachableSince());
        }
    }

    @Test
    void a_branch_reports_the_limit_of_concurrent_calls_as_the_reason() throws Exception {
        try (ExampleParticipant shop = ExampleParticipant.start();
                LocalCoordinator server = LocalCoordinator.start(
                        "participants.shop.target", shop.target(), "participants.shop.maxInFlight", "1")) {
            server.submit(SamplePlans.oneStep("u-3", SamplePlans.call("shop/a.Shop/Hang")));
            Awaitility.await().until(() -> server.get("u-3").getBranches(0).getState() == BranchStatus.State.CALLED);
            server.submit(SamplePlans.oneStep(
                    "u-4",
                    over("grpc").toBuilder()
                            .setPolicy(CallPolicy.newBuilder().setTimeout(Durations.fromSeconds(1)))
                            .build()));
            Awaitility.await()
                    .until(() -> server.get("u-4").getBranches(0).getNotSent().contains("1 calls were in flight"));
            assertThat(server.get("u-4").getBranches(0).hasUnreachableSince()).isFalse();
        }
    }
}
