package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.ClosedPort;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.CoordinatorUnavailable.Certainty;
import dev.entente.wire.ErrorDetails;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** The reported certainty of calls that no coordinator answered, as unary calls and over a stream. */
@ParameterizedClass(name = "stream = {0}")
@ValueSource(booleans = {false, true})
@Execution(ExecutionMode.CONCURRENT)
class UnreachableCoordinatorTest {
    private final boolean stream;

    UnreachableCoordinatorTest(boolean stream) {
        this.stream = stream;
    }

    private Entente.Builder builder(String target) {
        return Entente.builder(target).stream(stream)
                .callTimeout(Duration.ofHours(1))
                .retryFor(Duration.ofSeconds(10));
    }

    private static CoordinatorUnavailable submit(Entente.Builder builder) {
        try (Entente entente = builder.build()) {
            Saga saga = entente.saga("checkout").gid("order-1");
            return catchThrowableOfType(CoordinatorUnavailable.class, saga::submit);
        }
    }

    private static List<ThrowingCallable> reads(Entente entente) {
        Transactions transactions = entente.transactions();
        return List.of(
                () -> transactions.get("order-1"),
                () -> transactions.describe("order-1"),
                () -> transactions.await("order-1", Duration.ZERO),
                () -> transactions.count(Filter.all()),
                () -> transactions.list(Filter.all()).toList(),
                () -> transactions.watch("order-1").hasNext(),
                () -> entente.saga("checkout").gid("order-1").validate());
    }

    /** Runs all reads concurrently, because each one takes some seconds. */
    private static List<CoordinatorUnavailable> failures(Entente entente) {
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            List<CompletableFuture<CoordinatorUnavailable>> results = reads(entente).stream()
                    .map(read -> CompletableFuture.supplyAsync(
                            () -> catchThrowableOfType(CoordinatorUnavailable.class, read), threads))
                    .toList();
            return results.stream().map(CompletableFuture::join).toList();
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void an_unsent_read_is_reported_as_NOT_SENT() throws IOException {
        try (ClosedPort closedPort = new ClosedPort();
                Entente entente = builder(closedPort.address()).build()) {
            assertThat(failures(entente)).hasSize(7).allSatisfy(unsent -> {
                assertThat(unsent.certainty()).isEqualTo(Certainty.NOT_SENT);
                assertThat(unsent)
                        .hasMessageContaining("was not sent")
                        .hasMessageContaining(closedPort.address() + ": Connection refused");
            });
        }
    }

    @Test
    void an_unanswered_read_is_reported_as_READ_ONLY() throws IOException {
        FakeCoordinator coordinator = new FakeCoordinator();
        for (String call : List.of("get", "list", "count", "submit", "watch")) {
            for (int i = 0; i < 1000; i++) {
                coordinator.fail(
                        call, Status.UNAVAILABLE.withDescription("a proxy's").asRuntimeException());
            }
        }
        try (Loopback server = new Loopback(coordinator);
                Entente entente = builder(server.target()).build()) {
            assertThat(failures(entente)).hasSize(7).allSatisfy(unanswered -> {
                assertThat(unanswered.certainty()).isEqualTo(Certainty.READ_ONLY);
                assertThat(unanswered)
                        .hasMessageContaining("it only reads, so send it again")
                        .hasMessageContaining(server.target())
                        .hasMessageNotContaining("the outcome is unknown");
            });
        }
    }

    @Test
    void an_interrupted_read_is_reported_as_READ_ONLY() {
        Thread.currentThread().interrupt();
        CoordinatorUnavailable interrupted = catchThrowableOfType(
                CoordinatorUnavailable.class, () -> BlockingWait.read(new CompletableFuture<>(), "order-1"));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(interrupted.code()).isEqualTo("INTERRUPTED");
        assertThat(interrupted.certainty()).isEqualTo(Certainty.READ_ONLY);
        assertThat(interrupted).hasMessageNotContaining("done");
    }

    @Test
    void a_submit_to_a_closed_port_is_reported_as_NOT_SENT_with_its_address() throws IOException {
        CoordinatorUnavailable unavailable;
        String address;
        try (ClosedPort closedPort = new ClosedPort()) {
            address = closedPort.address();
            unavailable = submit(builder(address));
        }

        assertThat(unavailable.certainty()).isEqualTo(Certainty.NOT_SENT);
        assertThat(unavailable.tried()).singleElement().satisfies(tried -> {
            assertThat(tried.address()).isEqualTo(address);
            assertThat(tried.said()).startsWith("Connection refused").contains(address);
            assertThat(tried.attempts()).isGreaterThan(1);
            assertThat(tried.isSent()).isFalse();
        });
        assertThat(unavailable)
                .hasMessageContaining("was not sent")
                .hasMessageContaining(address)
                .hasMessageContaining("Connection refused")
                .hasMessageNotContaining("io exception")
                .hasMessageNotContaining("unknown");
    }

    @Test
    void each_address_is_reported_with_its_own_reason() throws IOException {
        try (ClosedPort closedPort = new ClosedPort();
                ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String first = closedPort.address();
            String second = "127.0.0.1:" + silent.getLocalPort();

            CoordinatorUnavailable unavailable = submit(builder(first + "," + second)
                    .callTimeout(Duration.ofSeconds(1))
                    .retryFor(Duration.ofSeconds(15)));

            assertThat(unavailable.certainty()).isEqualTo(Certainty.NOT_SENT);
            assertThat(unavailable.tried())
                    .extracting(TriedCoordinator::address)
                    .containsExactlyInAnyOrder(first, second);
            assertThat(unavailable).hasMessageContaining(first + ": Connection refused");
            assertSilence(unavailable, second + ": ");
        }
    }

    /** Accepts both reasons: the last attempt can fail with either. */
    private static void assertSilence(CoordinatorUnavailable unavailable, String prefix) {
        assertThat(unavailable)
                .message()
                .containsAnyOf(prefix + "no connection in time", prefix + "UNAVAILABLE: the coordinator sent nothing");
    }

    @Test
    void a_submit_to_a_server_without_tls_is_reported_as_NOT_SENT() throws IOException {
        try (ServerSocket plain = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread web = new Thread(() -> answerInPlainText(plain), "plain");
            web.setDaemon(true);
            web.start();

            CoordinatorUnavailable unavailable =
                    submit(builder("127.0.0.1:" + plain.getLocalPort()).tls(TlsChannelCredentials.create()));

            assertThat(unavailable.certainty()).isEqualTo(Certainty.NOT_SENT);
            assertThat(unavailable).hasMessageContaining("TLS: ");
        }
    }

    private static void answerInPlainText(ServerSocket plain) {
        while (!plain.isClosed()) {
            try (Socket client = plain.accept()) {
                client.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                client.getInputStream().readNBytes(1);
            } catch (IOException closed) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void a_submit_that_may_have_arrived_is_reported_as_UNKNOWN() throws IOException {
        FakeCoordinator coordinator = new FakeCoordinator();
        for (int i = 0; i < 1000; i++) {
            coordinator.fail(
                    "submit", Status.UNAVAILABLE.withDescription("a proxy's").asRuntimeException());
        }
        try (Loopback server = new Loopback(coordinator)) {
            CoordinatorUnavailable unavailable = submit(builder(server.target()));

            assertThat(unavailable.certainty()).isEqualTo(Certainty.UNKNOWN);
            assertThat(unavailable.tried())
                    .extracting(TriedCoordinator::address)
                    .containsExactly(server.target());
            assertThat(unavailable.tried()).extracting(TriedCoordinator::isSent).containsExactly(true);
            assertThat(unavailable).hasMessageContaining("unknown").hasMessageContaining(server.target());
        }
    }

    @Test
    void one_attempt_that_may_have_arrived_makes_the_outcome_UNKNOWN() throws IOException {
        FakeCoordinator coordinator = new FakeCoordinator();
        coordinator.ignore("submit");
        Loopback server = new Loopback(coordinator);
        try (Entente entente = builder(server.target()).build()) {
            CompletableFuture<Submitted> submitted =
                    entente.saga("checkout").gid("order-1").submitAsync();
            await().until(() -> !coordinator.submits.isEmpty());
            server.close();

            try (ClosedPort left = new ClosedPort(server.port())) {
                assertThat(submitted)
                        .failsWithin(PatientAwaits.BOUND)
                        .withThrowableThat()
                        .havingCause()
                        .isInstanceOfSatisfying(CoordinatorUnavailable.class, unavailable -> {
                            assertThat(unavailable.certainty()).isEqualTo(Certainty.UNKNOWN);
                            assertThat(unavailable).hasMessageContaining(left.port() + ": Connection refused");
                        });
            }
        }
    }

    @Test
    void a_refusal_after_unsent_attempts_is_reported_as_a_refusal() {
        CoordinatorRetryRule attempts = attempts("Submit", "order-1");
        attempts.next(answer(Status.UNAVAILABLE), Status.UNAVAILABLE.asException(), "a:7790", false);
        attempts.next(answer(Status.UNAUTHENTICATED), Status.UNAUTHENTICATED.asException(), "a:7790", true);

        assertThat(attempts.failure(answer(Status.UNAUTHENTICATED), new IOException(), false))
                .isInstanceOf(TransactionRefused.class);
    }

    @Test
    void an_unsent_commit_is_reported_as_not_committed() {
        CoordinatorRetryRule attempts = attempts("Commit", "t-1");
        attempts.next(answer(Status.UNAVAILABLE), Status.UNAVAILABLE.asException(), "a:7790", false);

        TransactionPending pending = TransactionPending.undecided(
                "t-1", (CoordinatorUnavailable) attempts.failure(answer(Status.UNAVAILABLE), new IOException(), false));

        assertThat(pending.code()).isEqualTo("NOT_SENT");
        assertThat(pending).hasMessageContaining("was not committed").hasMessageContaining("deadline");
    }

    private static CoordinatorRetryRule attempts(String method, String gid) {
        return new CoordinatorRetryRule(method, gid, false, new Random(7), () -> false);
    }

    private static ErrorDetails answer(Status status) {
        return new ErrorDetails(status.getCode(), "", "", "", Optional.empty(), List.of());
    }
}
