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

/** A branch whose call has not left says why, for as long as that is so. */
class UnreachableTest {
    private static Operation over(String way) {
        return way.equals("http") ? SamplePlans.http("shop", "/pay") : SamplePlans.call("shop/a.Shop/Pay");
    }

    private static AutoCloseable listen(String way, int port) throws IOException {
        return way.equals("http")
                ? LoopbackHttp.start(port, _ -> Answer.of(200, "{}"))
                : ExampleParticipant.start(port);
    }

    /** @param connect how long a call waits for a connection */
    private static LocalCoordinator start(String target, Duration connect) {
        FixedTimes usual = LocalServer.TIMES;
        FixedTimes times = new FixedTimes(usual.database(), usual.connectionAge(), connect, usual.patience());
        return LocalCoordinator.start(times, TestDatabase.withSchema(), "a", "participants.shop.target", target);
    }

    @ParameterizedTest
    @CsvSource({"grpc, PT1H", "grpc, PT0.1S", "http, PT1H", "http, PT0.1S"})
    void a_branch_that_finds_no_connection_says_so_until_it_has_one(String way, Duration connect) throws Exception {
        int port = LoopbackPorts.next();
        String scheme = way.equals("http") ? "http://" : "";
        try (LocalCoordinator server = start(scheme + "127.0.0.1:" + port, connect)) {
            server.submit(SamplePlans.oneStep("u-1", over(way)));
            Awaitility.await()
                    .until(() -> server.get("u-1").getBranches(0).getNotSent().contains("could not connect"));
            BranchStatus waits = server.get("u-1").getBranches(0);
            assertThat(waits.getNotSent()).doesNotContain("127.0.0.1", "refused");
            assertThat(waits.getAttempts()).isZero();
            assertThat(waits.getLastOutcome()).isEqualTo(Call.Outcome.OUTCOME_UNSPECIFIED);
            assertThat(waits.getState()).isEqualTo(BranchStatus.State.PENDING);
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
    void since_when_is_told_once_a_call_was_given_up() throws Exception {
        try (LocalCoordinator server = start("127.0.0.1:" + LoopbackPorts.next(), Duration.ofMillis(10))) {
            server.submit(SamplePlans.oneStep("u-2", over("grpc")));
            Awaitility.await().until(() -> server.get("u-2").getBranches(0).hasUnreachableSince());
        }
    }

    @Test
    void a_full_limit_is_named_as_well() throws Exception {
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
