package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.LoopbackPorts;
import dev.entente.server.cli.Cli;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.server.store.TestDatabase;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A branch whose call has not left says why, for as long as that is so. */
class UnreachableTest {
    private static String saga(String gid, String operation) {
        return """
            {"gid":"%s","name":"lone","saga":{"steps":[{"id":"a","no_undo":true,"action":%s}]}}\
            """.formatted(gid, operation);
    }

    private static String over(String way) {
        return way.equals("http")
                ? "{\"http\":{\"participant\":\"shop\",\"path\":\"/pay\"},\"json\":{}}"
                : "{\"grpc\":\"shop/a.Shop/Pay\",\"raw\":\"\"}";
    }

    private static AutoCloseable listen(String way, int port) throws IOException {
        return way.equals("http")
                ? LoopbackHttp.start(port, _ -> Answer.of(200, "{}"))
                : ExampleParticipant.start(port);
    }

    private static Map<String, String> settings(String target) {
        Map<String, String> settings = LocalServer.settings(TestDatabase.withSchema(), "a");
        settings.put("database.migrate", "true");
        settings.put("drain", "100ms");
        settings.put("participants.shop.target", target);
        return settings;
    }

    private static void submit(String gid, String operation, String target) {
        assertThat(Cli.fed(saga(gid, operation), "tx", "submit", "-f", "-", "--target", target)
                        .exit())
                .isZero();
    }

    private static BranchStatus branch(ManagedChannel channel, String gid) {
        Transaction shown = TransactionServiceGrpc.newBlockingStub(channel)
                .getTransaction(GetTransactionRequest.newBuilder().setGid(gid).build());
        return shown.getBranches(0);
    }

    private static ManagedChannel channel(String target) {
        return Grpc.newChannelBuilder(target, InsecureChannelCredentials.create())
                .build();
    }

    @ParameterizedTest
    @CsvSource({"grpc, PT1H", "grpc, PT0.1S", "http, PT1H", "http, PT0.1S"})
    void a_branch_that_finds_no_connection_says_so_until_it_has_one(String way, Duration connect) throws Exception {
        int port = LoopbackPorts.next();
        String scheme = way.equals("http") ? "http://" : "";
        Server server = LocalServer.connecting(settings(scheme + "127.0.0.1:" + port), connect);
        String target = server.ready().grpc();
        ManagedChannel channel = channel(target);
        try {
            submit("u-1", over(way), target);
            Awaitility.await().until(() -> branch(channel, "u-1").getNotSent().contains("could not connect"));
            BranchStatus waits = branch(channel, "u-1");
            assertThat(waits.getNotSent()).doesNotContain("127.0.0.1", "refused");
            assertThat(waits.getAttempts()).isZero();
            assertThat(waits.getLastOutcome()).isEqualTo(Call.Outcome.OUTCOME_UNSPECIFIED);
            assertThat(waits.getState()).isEqualTo(BranchStatus.State.PENDING);
            assertThat(Cli.run("tx", "describe", "u-1", "--target", target).out())
                    .contains("not sent: ", "could not connect to the participant");
            try (AutoCloseable _ = listen(way, port)) {
                Awaitility.await().until(() -> branch(channel, "u-1").getState() == BranchStatus.State.DONE);
                assertThat(branch(channel, "u-1").getNotSent()).isEmpty();
                assertThat(branch(channel, "u-1").hasUnreachableSince()).isFalse();
            }
        } finally {
            channel.shutdownNow();
            server.drain();
        }
    }

    @Test
    void since_when_is_told_once_a_call_was_given_up() throws Exception {
        Server server = LocalServer.connecting(settings("127.0.0.1:" + LoopbackPorts.next()), Duration.ofMillis(10));
        ManagedChannel channel = channel(server.ready().grpc());
        try {
            submit("u-2", over("grpc"), server.ready().grpc());
            Awaitility.await().until(() -> branch(channel, "u-2").hasUnreachableSince());
        } finally {
            channel.shutdownNow();
            server.drain();
        }
    }

    @Test
    void a_full_limit_is_named_as_well() throws Exception {
        try (ExampleParticipant shop = ExampleParticipant.start()) {
            Map<String, String> settings = settings(shop.target());
            settings.put("participants.shop.maxInFlight", "1");
            Server server = LocalServer.start(settings);
            ManagedChannel channel = channel(server.ready().grpc());
            try {
                submit(
                        "u-3",
                        "{\"grpc\":\"shop/a.Shop/Hang\",\"raw\":\"\"}",
                        server.ready().grpc());
                Awaitility.await().until(() -> branch(channel, "u-3").getState() == BranchStatus.State.CALLED);
                submit(
                        "u-4",
                        "{\"grpc\":\"shop/a.Shop/Pay\",\"raw\":\"\",\"policy\":{\"timeout\":\"1s\"}}",
                        server.ready().grpc());
                Awaitility.await()
                        .until(() -> branch(channel, "u-4").getNotSent().contains("1 calls were in flight"));
                assertThat(branch(channel, "u-4").hasUnreachableSince()).isFalse();
            } finally {
                channel.shutdownNow();
                server.drain();
            }
        }
    }
}
