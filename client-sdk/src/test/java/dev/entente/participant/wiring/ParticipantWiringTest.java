package dev.entente.participant.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import bank.v1.FreezeResponse;
import dev.entente.participant.Barrier;
import dev.entente.participant.Branch;
import dev.entente.participant.CallContext;
import dev.entente.participant.TestDatabase;
import dev.entente.v1.CheckRequest;
import dev.entente.v1.ExecuteRequest;
import dev.entente.v1.ListBarrierRowsRequest;
import dev.entente.v1.ParticipantServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One wiring call serves unary and streamed calls alike, on a real PostgreSQL. */
class ParticipantWiringTest {
    private static final FreezeResponse NOTHING = FreezeResponse.getDefaultInstance();

    private final DataSource database = TestDatabase.schema("wiring");
    private final Barrier barrier = Barrier.postgres();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ExecutorService workers = Executors.newCachedThreadPool();

    @BeforeEach
    void createTables() throws SQLException {
        barrier.createTable(database);
        TestDatabase.execute(database, "create table debit (cents int)");
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
        workers.shutdownNow();
    }

    private FreezeResponse debit() throws SQLException {
        return barrier.run(database, NOTHING, DebitService::debit);
    }

    private ParticipantWiring wiring(DebitService.Handler handler) {
        return ParticipantWiring.of(threads)
                .service(new DebitService(handler))
                .barrier(barrier, database)
                .checkBack(barrier, database);
    }

    private String debits() throws SQLException {
        return TestDatabase.text(database, "select count(*) from debit");
    }

    @Test
    void a_call_repeated_as_unary_and_over_the_stream_is_executed_once() throws Exception {
        try (DebitServer server = DebitServer.start(wiring(this::debit)::on)) {
            assertThat(server.unary("order-1").isOk()).isTrue();
            assertThat(server.streamed("order-1").isOk()).isTrue();
            assertThat(server.streamed("order-2").isOk()).isTrue();
            assertThat(server.unary("order-2").isOk()).isTrue();
        }
        assertThat(debits()).isEqualTo("2");
    }

    @Test
    void a_call_without_metadata_runs_the_body_each_time() throws Exception {
        try (DebitServer server = DebitServer.start(wiring(this::debit)::on)) {
            assertThat(server.byHand().isOk()).isTrue();
            assertThat(server.byHand().isOk()).isTrue();
        }
        assertThat(debits()).isEqualTo("2");
    }

    @Test
    void barrier_rows_and_check_back_are_served_by_the_same_wiring() throws Exception {
        try (DebitServer server = DebitServer.start(wiring(this::debit)::on)) {
            server.streamed("order-1");
            var stub = ParticipantServiceGrpc.newBlockingStub(server.channel());
            assertThat(stub.listBarrierRows(ListBarrierRowsRequest.getDefaultInstance())
                            .getRowsList())
                    .singleElement()
                    .satisfies(row -> assertThat(row.getGid()).isEqualTo("order-1"));
            StatusRuntimeException rolledBack = Assertions.catchThrowableOfType(
                    StatusRuntimeException.class,
                    () -> stub.check(CheckRequest.newBuilder().setGid("never").build()));
            assertThat(rolledBack.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        }
    }

    @Test
    void methods_for_coordinators_are_denied_to_branch_calls() throws Exception {
        try (DebitServer server = DebitServer.start(wiring(this::debit)::on)) {
            Metadata branch = new Metadata();
            branch.put(ascii("entente-gid"), "order-2");
            branch.put(ascii("entente-branch"), "pay");
            branch.put(ascii("entente-op"), "action");
            var stub = ParticipantServiceGrpc.newBlockingStub(server.channel())
                    .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(branch));
            assertDenied(() -> stub.listBarrierRows(ListBarrierRowsRequest.getDefaultInstance()));
            assertDenied(
                    () -> stub.check(CheckRequest.newBuilder().setGid("order-1").build()));
            Channel asBranch =
                    ClientInterceptors.intercept(server.channel(), MetadataUtils.newAttachHeadersInterceptor(branch));
            assertDenied(() -> ClientCalls.blockingServerStreamingCall(
                            asBranch,
                            ParticipantServiceGrpc.getExecuteMethod(),
                            CallOptions.DEFAULT,
                            ExecuteRequest.getDefaultInstance())
                    .next());
        }
    }

    private static Metadata.Key<String> ascii(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    private static void assertDenied(ThrowingCallable call) {
        assertThat(Assertions.catchThrowableOfType(StatusRuntimeException.class, call)
                        .getStatus()
                        .getCode())
                .isEqualTo(Status.Code.PERMISSION_DENIED);
    }

    @Test
    void interceptors_run_in_the_same_order_for_unary_and_streamed_calls() throws Exception {
        ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
        ParticipantWiring wiring =
                wiring(this::debit).intercept(recording(seen, "first")).intercept(recording(seen, "last"));
        try (DebitServer server = DebitServer.start(wiring::on)) {
            server.unary("order-1");
            assertThat(seen).containsExactly("last TryFreeze", "first TryFreeze");
            seen.clear();
            server.streamed("order-1");
            assertThat(seen).containsExactly("last Execute", "first Execute", "last TryFreeze", "first TryFreeze");
        }
    }

    private static ServerInterceptor recording(ConcurrentLinkedQueue<String> seen, String name) {
        return new ServerInterceptor() {
            @Override
            public <Q, R> ServerCall.Listener<Q> interceptCall(
                    ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
                seen.add(name + " " + call.getMethodDescriptor().getBareMethodName());
                return next.startCall(call, headers);
            }
        };
    }

    @Test
    void executors_futures_and_threads_keep_the_branch_of_the_call() throws Exception {
        ExecutorService following = CallContext.following(workers);
        for (DebitService.Handler hop : List.<DebitService.Handler>of(
                () -> following.<FreezeResponse>submit(this::debit).get(),
                () -> following
                        .invokeAll(List.<Callable<FreezeResponse>>of(this::debit))
                        .get(0)
                        .get(),
                () -> CompletableFuture.supplyAsync(() -> "work", following)
                        .thenApplyAsync(work -> joined(this::debit), following)
                        .get(),
                () -> completedByAnotherLibrary(CallContext.here(workers)),
                this::onThreadOfItsOwn)) {
            TestDatabase.execute(database, "truncate debit, entente_barrier");
            try (DebitServer server = DebitServer.start(wiring(hop)::on)) {
                assertThat(server.unary("order-1").text()).isEqualTo("f-1");
                assertThat(server.streamed("order-1").isOk()).isTrue();
            }
            assertThat(debits()).isEqualTo("1");
        }
        following.shutdown();
        assertThat(workers.isShutdown()).isTrue();
    }

    /** Completes the future on a thread without a call context. */
    private FreezeResponse completedByAnotherLibrary(Executor here) throws Exception {
        CompletableFuture<String> foreign = new CompletableFuture<>();
        Future<FreezeResponse> staged = foreign.thenApplyAsync(work -> joined(this::debit), here);
        workers.execute(() -> foreign.complete("work"));
        return staged.get();
    }

    private FreezeResponse onThreadOfItsOwn() throws InterruptedException {
        AtomicReference<FreezeResponse> done = new AtomicReference<>(NOTHING);
        Thread thread = CallContext.followingThreads(Executors.defaultThreadFactory())
                .newThread(() -> {
                    assertThat(Branch.current()).isPresent();
                    done.set(joined(this::debit));
                });
        thread.start();
        thread.join();
        return done.get();
    }

    private static FreezeResponse joined(DebitService.Handler handler) {
        try {
            return handler.run();
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }
}
