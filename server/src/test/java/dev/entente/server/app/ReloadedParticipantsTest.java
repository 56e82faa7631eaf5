package dev.entente.server.app;

import static dev.entente.server.participant.grpc.CallFixture.callOf;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.grpc.CallFixture;
import dev.entente.server.participant.grpc.LoopbackParticipant;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.server.telemetry.LogLines;
import dev.entente.server.telemetry.Metrics;
import dev.entente.v1.Transaction;
import io.grpc.ServerCall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes of the participants in the configuration file. */
final class ReloadedParticipantsTest {
    @RegisterExtension
    private final LogLines lines = new LogLines(ReloadedParticipants.class);

    @TempDir
    private Path folder;

    private final ScheduledExecutorService looking = Executors.newSingleThreadScheduledExecutor();

    @AfterEach
    void stop() {
        looking.shutdownNow();
    }

    /** Replaces the file in one step. */
    private Path written(String yaml) throws IOException {
        Path next = Files.writeString(folder.resolve("next.yaml"), yaml);
        return Files.move(next, folder.resolve("entente.yaml"), StandardCopyOption.REPLACE_EXISTING);
    }

    private static String stock(String target, String more) {
        return "participants: {stock: {target: '" + target + "'" + more + "}}";
    }

    /** Participants of the file, without a coordinator. */
    private final class Reloading implements AutoCloseable {
        final Configuration.Source source;
        final CalledParticipants participants;
        final ReloadedParticipants reloaded;

        Reloading(String yaml) throws IOException {
            Configuration configuration = LocalServer.reading(written(yaml), Map.of());
            source = Objects.requireNonNull(configuration.source());
            participants = CallFixture.called(
                    CallFixture.CONNECT,
                    Metrics.none(),
                    configuration.participants().toArray(ParticipantConfig[]::new));
            reloaded = new ReloadedParticipants(configuration, looking, Metrics.none());
        }

        void change(String yaml) throws IOException {
            written(yaml);
            reloaded.change(source, participants);
        }

        CompletableFuture<Outcome> call() {
            return start(participants, callOf("stock"));
        }

        @Override
        public void close() {
            participants.close();
        }
    }

    @Test
    void fifty_changes_during_calls_make_no_outcome_unknown() throws IOException {
        List<Outcome> outcomes = new ArrayList<>();
        try (LoopbackParticipant first = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                LoopbackParticipant second = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                Reloading reloading = new Reloading(stock(first.target(), ""))) {
            for (int i = 1; i <= 50; i++) {
                List<CompletableFuture<Outcome>> calls =
                        IntStream.range(0, 40).mapToObj(_ -> reloading.call()).toList();
                outcomes.add(CallFixture.await(calls.getFirst())); // others are in flight or wait
                String more = ", maxInFlight: " + i + (i % 3 == 0 ? ", stream: off" : "");
                reloading.change(
                        i % 5 == 0 ? "participants: {}" : stock(i % 2 == 0 ? first.target() : second.target(), more));
                calls.stream().skip(1).forEach(call -> outcomes.add(CallFixture.await(call)));
            }
            assertThat(outcomes)
                    .allSatisfy(outcome ->
                            assertThat(outcome).isInstanceOfAny(Outcome.Succeeded.class, Outcome.NotSent.class));
            assertThat(first.arrived().size() + second.arrived().size()).isEqualTo((int) outcomes.stream()
                    .filter(Outcome.Succeeded.class::isInstance)
                    .count());
        }
    }

    @Test
    void a_call_in_flight_keeps_its_outcome_and_waiting_calls_are_not_sent() throws Exception {
        BlockingQueue<ServerCall<ByteString, ByteString>> held = new LinkedBlockingQueue<>();
        try (LoopbackParticipant first = LoopbackParticipant.plain((_, call) -> held.add(call));
                LoopbackParticipant second = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                Reloading reloading = new Reloading(stock(first.target(), ", maxInFlight: 1"))) {
            CompletableFuture<Outcome> inFlight = reloading.call();
            ServerCall<ByteString, ByteString> call = held.take();
            CompletableFuture<Outcome> waiting = reloading.call();

            reloading.change(stock(second.target(), ""));
            assertThat(CallFixture.await(waiting))
                    .isInstanceOfSatisfying(
                            Outcome.NotSent.class,
                            outcome -> assertThat(outcome.detail())
                                    .contains("the configuration of the participant changes"));
            assertThat(CallFixture.await(reloading.call())).isInstanceOf(Outcome.Succeeded.class);

            reloading.change("{participants: {}, lease: 6s, grpc: {port: 7790}}");
            assertThat(CallFixture.await(reloading.call()))
                    .isInstanceOfSatisfying(
                            Outcome.NotSent.class,
                            outcome -> assertThat(outcome.detail())
                                    .contains("'stock' was removed from the configuration; add"
                                            + " participants.stock.target"));
            assertThat(reloading.participants.capacity("stock")).isZero();

            assertThat(inFlight).isNotDone();
            LoopbackParticipant.ok("").answer(first.arrived().getFirst(), call);
            assertThat(CallFixture.await(inFlight)).isInstanceOf(Outcome.Succeeded.class);
        }
        assertThat(lines.reported())
                .anyMatch(line -> line.contains("were removed") && line.endsWith("[stock]"))
                .anyMatch(line -> line.endsWith("need a restart: [lease]"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "participants: {stock: 'localhost:2'",
                "participants: {stock: {target: 'localhost:2', maxInFlight: 0}}",
                "{participants: {stock: 'localhost:2'}, lease: soon}",
                "{participants: {stock: 'localhost:2'}, leese: 5s}",
                "participants: {stock: {target: 'localhost:2', tokenFile: /no/such/file}}",
                "participants: {stock: 'localhost:2', zone: 'kafka://localhost:2'}" // has no connector here
            })
    void a_file_with_an_error_changes_nothing(String yaml) throws IOException {
        try (Reloading reloading = new Reloading(stock("localhost:1", ""))) {
            assertThatThrownBy(() -> reloading.change(yaml)).isInstanceOf(IllegalArgumentException.class);
            assertThat(reloading.participants.statuses())
                    .singleElement()
                    .satisfies(status -> assertThat(status.address()).isEqualTo("localhost:1"));
        }
    }

    @Test
    void a_running_coordinator_follows_its_file() throws IOException {
        try (LoopbackHttp first = LoopbackHttp.start(_ -> Answer.of(425, "")); // in progress: called again
                LoopbackHttp second = LoopbackHttp.start(_ -> Answer.of(200, ""));
                LocalCoordinator server = LocalCoordinator.reading(written("participants: {}"))) {
            assertThatThrownBy(() -> submit(server, "s-0")).hasMessageContaining("'shop' is not configured");

            written("participants: {shop: '" + first.url() + "'}");
            Awaitility.await().ignoreExceptions().untilAsserted(() -> submit(server, "s-1"));
            Awaitility.await().until(() -> !first.arrived().isEmpty());

            written("leese: 5s");
            Awaitility.await().until(() -> server.metrics().contains("entente_configuration_file_state 1"));

            written("participants: {}");
            Awaitility.await()
                    .until(() -> server.get("s-1").getBranches(0).getNotSent().contains("'shop' was removed"));
            Awaitility.await()
                    .until(() -> server.number("select count(*) from open_transaction where waiting_on = 'shop'") == 1);
            assertThatThrownBy(() -> submit(server, "s-2")).hasMessageContaining("ENT-014");

            written("participants: {shop: '" + second.url() + "'}");
            Awaitility.await().until(() -> server.get("s-1").getState(), Transaction.State.SUCCEEDED::equals);
            assertThat(server.metrics()).contains("entente_configuration_file_state 0");
        }
    }

    private static void submit(LocalCoordinator server, String gid) {
        server.submit(SamplePlans.json("""
            {"gid": "%s", "name": "checkout", "saga": {"steps": [{"id": "pay", "no_undo": true,
              "action": {"http": {"participant": "shop", "path": "/payments"}, "json": {}}}]}}
            """.formatted(gid)));
    }
}
