package dev.entente.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import bank.v1.AccountServiceGrpc;
import bank.v1.DepositRequest;
import bank.v1.DepositResponse;
import bank.v1.WithdrawRequest;
import bank.v1.WithdrawResponse;
import dev.entente.participant.TestDatabase;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests unary calls with idempotency keys, with a real socket and a real database. */
class IdempotencyInterceptorTest {
    private static final Metadata.Key<String> KEY =
            Metadata.Key.of("idempotency-key", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> OTHER_KEY =
            Metadata.Key.of("x-idempotent-key", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> REPLAYED =
            Metadata.Key.of("idempotency-replayed", Metadata.ASCII_STRING_MARSHALLER);

    /** The amount of a deposit whose response has this number of bytes. */
    private static final long LARGE = IdempotencyKeys.MAX_ANSWER_BYTES;

    private final DataSource database = TestDatabase.schema("idempotent_calls");
    private final JdbcKeyStore store =
            TestDatabase.isMariadb() ? JdbcKeyStore.mariadb(database) : JdbcKeyStore.postgres(database);
    private final AtomicInteger ran = new AtomicInteger();
    private final AtomicReference<Optional<RuntimeException>> failure = new AtomicReference<>(Optional.empty());
    private final CountDownLatch arrived = new CountDownLatch(1);
    private volatile CountDownLatch goOn = new CountDownLatch(0);
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws Exception {
        store.createTable();
        serve(IdempotencyInterceptor.on(new Bank(), IdempotencyKeys.in(store).required()));
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    private void serve(ServerServiceDefinition service) throws IOException {
        if (server != null) {
            stop();
        }
        server = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(service)
                .build()
                .start();
        channel = Grpc.newChannelBuilder("localhost:" + server.getPort(), InsecureChannelCredentials.create())
                .maxInboundMessageSize(2 * IdempotencyKeys.MAX_ANSWER_BYTES)
                .build();
    }

    /** Counts its calls. The method for withdrawals has no mark. */
    private final class Bank extends AccountServiceGrpc.AccountServiceImplBase {
        @Idempotent
        @Override
        public void deposit(DepositRequest request, StreamObserver<DepositResponse> answer) {
            int number = ran.incrementAndGet();
            CountDownLatch latch = goOn;
            arrived.countDown();
            try {
                latch.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            Optional<RuntimeException> error = failure.get();
            if (error.isPresent() && error.get() instanceof StatusRuntimeException statusError) {
                answer.onError(statusError);
            } else if (error.isPresent()) {
                throw error.get();
            } else {
                answer.onNext(DepositResponse.newBuilder()
                        .setReceipt(request.getCents() == LARGE ? "r".repeat((int) LARGE) : "receipt-" + number)
                        .build());
                answer.onCompleted();
            }
        }

        @Override
        public void withdraw(WithdrawRequest request, StreamObserver<WithdrawResponse> answer) {
            ran.incrementAndGet();
            answer.onNext(WithdrawResponse.getDefaultInstance());
            answer.onCompleted();
        }
    }

    @Test
    void a_repeated_call_gets_the_first_response_and_does_not_run() {
        AtomicReference<Metadata> head = new AtomicReference<>();
        assertThat(deposit("k-1", 100).getReceipt()).isEqualTo("receipt-1");
        Channel watched = ClientInterceptors.intercept(
                keyed(KEY, "k-1"), MetadataUtils.newCaptureMetadataInterceptor(head, new AtomicReference<>()));
        assertThat(AccountServiceGrpc.newBlockingStub(watched)
                        .deposit(request(100))
                        .getReceipt())
                .isEqualTo("receipt-1");
        assertThat(head.get().get(REPLAYED)).isEqualTo("true");
        assertThat(ran).hasValue(1);
        assertThat(deposit("k-2", 100).getReceipt()).isEqualTo("receipt-2");
    }

    @Test
    void the_alternative_header_name_is_accepted() {
        stub(keyed(OTHER_KEY, "k-1")).deposit(request(1));
        assertThat(deposit("k-1", 1).getReceipt()).isEqualTo("receipt-1");
        assertThat(IdempotencyKeys.lines(List.of("k"), List.of("k"))).containsExactly("k");
        assertThat(IdempotencyKeys.key(IdempotencyKeys.lines(List.of("k"), List.of("l"))))
                .as("each header has another key")
                .isNull();
    }

    @Test
    void another_content_with_the_same_key_is_refused() {
        deposit("k-1", 100);
        assertRefused(Status.Code.FAILED_PRECONDITION, "k-1", 200, "belongs to another request");
        assertThat(ran).hasValue(1);
    }

    @Test
    void a_call_with_a_missing_or_invalid_key_is_refused() {
        assertThatThrownBy(() -> stub(channel).deposit(request(1)))
                .hasMessageContaining("INVALID_ARGUMENT")
                .hasMessageContaining("Idempotency-Key is missing");
        assertRefused(Status.Code.INVALID_ARGUMENT, "two words", 1, "printable");
        assertRefused(Status.Code.INVALID_ARGUMENT, "k".repeat(256), 1, "255");
        assertThat(ran).hasValue(0);
    }

    @Test
    void a_quoted_key_equals_the_bare_key_and_several_keys_are_refused() {
        deposit("k-1", 1);
        assertThat(deposit("\"k-1\"", 1).getReceipt()).isEqualTo("receipt-1");
        assertRefused(Status.Code.INVALID_ARGUMENT, "m1,m2", 1, "one key");
        Metadata twice = new Metadata();
        twice.put(KEY, "k-1");
        twice.put(KEY, "k-2");
        Channel ambiguous = ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(twice));
        assertThatThrownBy(() -> stub(ambiguous).deposit(request(1))).hasMessageContaining("one key");
        assertThat(ran).hasValue(1);
    }

    @Test
    void a_repeated_call_is_aborted_while_the_first_call_runs() throws Exception {
        goOn = new CountDownLatch(1);
        CompletableFuture<DepositResponse> first = CompletableFuture.supplyAsync(() -> deposit("k-1", 1));
        arrived.await();
        assertRefused(Status.Code.ABORTED, "k-1", 1, "still running");
        goOn.countDown();
        assertThat(first.get().getReceipt()).isEqualTo("receipt-1");
        assertThat(deposit("k-1", 1).getReceipt()).isEqualTo("receipt-1");
    }

    @Test
    void a_waiting_call_gets_the_response_of_the_running_call() throws Exception {
        serve(IdempotencyInterceptor.on(
                new Bank(), IdempotencyKeys.in(store).required().waitFor(Duration.ofSeconds(30))));
        goOn = new CountDownLatch(1);
        CompletableFuture<DepositResponse> first = CompletableFuture.supplyAsync(() -> deposit("k-1", 1));
        arrived.await();
        CompletableFuture<DepositResponse> second = CompletableFuture.supplyAsync(() -> deposit("k-1", 1));
        goOn.countDown();
        assertThat(first.get()).isEqualTo(second.get());
        assertThat(ran).hasValue(1);
    }

    @Test
    void a_failed_call_frees_its_key() {
        failure.set(Optional.of(Status.UNAVAILABLE.asRuntimeException()));
        assertRefused(Status.Code.UNAVAILABLE, "k-1", 1, "UNAVAILABLE");
        failure.set(Optional.of(new IllegalStateException("a defect")));
        assertRefused(Status.Code.UNKNOWN, "k-1", 1, "UNKNOWN");
        failure.set(Optional.empty());
        assertThat(deposit("k-1", 2).getReceipt()).isEqualTo("receipt-3");
    }

    @Test
    void a_stored_response_is_not_returned_to_another_caller() {
        assertThat(stub(as("alice", "k-1")).deposit(request(1)).getReceipt()).isEqualTo("receipt-1");
        assertThat(stub(as("bob", "k-1")).deposit(request(1)).getReceipt()).isEqualTo("receipt-2");
        assertThat(stub(as("alice", "k-1")).deposit(request(1)).getReceipt()).isEqualTo("receipt-1");
        Metadata forged = new Metadata();
        forged.put(AUTHORIZATION, "bob");
        Channel both =
                ClientInterceptors.intercept(as("alice", "k-1"), MetadataUtils.newAttachHeadersInterceptor(forged));
        assertThat(stub(both).deposit(request(1)).getReceipt()).isEqualTo("receipt-3");
    }

    @Test
    void unmarked_methods_run_on_every_call() {
        stub(keyed(KEY, "k-1")).withdraw(WithdrawRequest.getDefaultInstance());
        stub(keyed(KEY, "k-1")).withdraw(WithdrawRequest.getDefaultInstance());
        stub(channel).withdraw(WithdrawRequest.getDefaultInstance());
        assertThat(ran).hasValue(3);
        assertThatThrownBy(() -> IdempotencyInterceptor.on(
                        new AccountServiceGrpc.AccountServiceImplBase() {}, IdempotencyKeys.in(store)))
                .hasMessageContaining("@Idempotent");
    }

    @Test
    void a_response_too_large_to_store_is_returned_once_and_the_call_runs_once() {
        assertThat(deposit("k-1", LARGE).getReceipt()).hasSize((int) LARGE);
        assertRefused(Status.Code.ALREADY_EXISTS, "k-1", LARGE, "was done");
        assertThat(ran).hasValue(1);
    }

    @Test
    void a_response_that_cannot_be_stored_is_not_returned() throws Exception {
        goOn = new CountDownLatch(1);
        CompletableFuture<DepositResponse> first = CompletableFuture.supplyAsync(() -> deposit("k-1", 1));
        arrived.await();
        TestDatabase.execute(database, "alter table entente_idempotency drop column answer");
        goOn.countDown();
        assertThatThrownBy(first::get).hasMessageContaining("UNAVAILABLE");
        assertRefused(Status.Code.UNAVAILABLE, "k-2", 1, "does not respond");
        TestDatabase.execute(database, "drop table entente_idempotency");
        assertRefused(Status.Code.UNIMPLEMENTED, "k-2", 1, "ENT-094: misconfigured: the table entente_idempotency");
    }

    @Test
    void a_response_too_late_to_store_is_not_returned() throws Exception {
        serve(IdempotencyInterceptor.on(new Bank(), IdempotencyKeys.in(store).longestRun(Duration.ofSeconds(1))));
        goOn = new CountDownLatch(1);
        CompletableFuture<DepositResponse> first = CompletableFuture.supplyAsync(() -> deposit("k-1", 1));
        arrived.await();
        CountDownLatch ofFirst = goOn;
        goOn = new CountDownLatch(0);
        await().ignoreExceptionsInstanceOf(StatusRuntimeException.class)
                .until(() -> deposit("k-1", 1).getReceipt().equals("receipt-2"));
        ofFirst.countDown();
        assertThatThrownBy(first::get).hasMessageContaining("UNAVAILABLE");
        assertThat(deposit("k-1", 1).getReceipt()).isEqualTo("receipt-2");
    }

    private void assertRefused(Status.Code code, String key, long amount, String text) {
        StatusRuntimeException error = catchThrowableOfType(StatusRuntimeException.class, () -> deposit(key, amount));
        assertThat(error.getStatus().getCode()).isEqualTo(code);
        assertThat(error).hasMessageContaining(text);
    }

    private DepositResponse deposit(String key, long amount) {
        return stub(keyed(KEY, key)).deposit(request(amount));
    }

    private static DepositRequest request(long amount) {
        return DepositRequest.newBuilder().setAccount("alice").setCents(amount).build();
    }

    private Channel keyed(Metadata.Key<String> name, String key) {
        Metadata headers = new Metadata();
        headers.put(name, key);
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private Channel as(String caller, String key) {
        Metadata headers = new Metadata();
        headers.put(AUTHORIZATION, caller);
        return ClientInterceptors.intercept(keyed(KEY, key), MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private static AccountServiceGrpc.AccountServiceBlockingStub stub(Channel channel) {
        return AccountServiceGrpc.newBlockingStub(channel);
    }
}
