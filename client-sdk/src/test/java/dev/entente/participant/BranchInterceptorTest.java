package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import bank.v1.AccountServiceGrpc;
import bank.v1.FreezeRequest;
import bank.v1.FreezeResponse;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.Loopback;
import dev.entente.wire.BranchMetadata;
import dev.entente.wire.ErrorDetails;
import dev.entente.wire.JoinToken;
import dev.entente.wire.TraceParent;
import dev.entente.wire.TriedChildren;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The interceptor on a real server, reached over the loopback interface. */
class BranchInterceptorTest {
    private final AtomicReference<Optional<Branch>> seen = new AtomicReference<>(Optional.empty());
    private final AtomicReference<Optional<TraceParent>> trace = new AtomicReference<>(Optional.empty());
    private final AtomicReference<Handler> handler =
            new AtomicReference<>(request -> FreezeResponse.getDefaultInstance());
    private final Loopback server = new Loopback(new Service(), new BranchInterceptor());
    private final ManagedChannel channel = Grpc.newChannelBuilder(server.target(), InsecureChannelCredentials.create())
            .build();

    BranchInterceptorTest() throws IOException {}

    private interface Handler {
        FreezeResponse handle(FreezeRequest request) throws Exception;
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.close();
    }

    @Test
    void a_handler_gets_the_branch_and_the_trace_of_its_call() {
        Metadata headers = identity();
        headers.put(BranchMetadata.ATTEMPT, "3");
        headers.put(BranchMetadata.FENCE, "7");
        headers.put(BranchMetadata.FENCE_BASE, "1");
        headers.put(BranchMetadata.PATTERN, "saga");
        headers.put(BranchMetadata.CREATED, "2026-11-20T10:00:00.5Z");
        headers.put(TraceParent.KEY, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        call(headers);

        Branch branch = seen.get().orElseThrow();
        assertThat(branch.gid()).isEqualTo("order-1");
        assertThat(branch.name()).isEqualTo("debit/fee");
        assertThat(branch.op()).isEqualTo(BranchOp.TRY);
        assertThat(branch.attempt()).isEqualTo(3);
        assertThat(branch.fence()).isEqualTo(7);
        assertThat(branch.fenceBase()).isOne();
        assertThat(branch.pattern()).isEqualTo("saga");
        assertThat(branch.created()).contains(Instant.parse("2026-11-20T10:00:00.5Z"));
        assertThat(branch.idempotencyKey()).isEqualTo("order-1/debit/fee/try");
        assertThat(trace.get()).contains(new TraceParent("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "01"));
    }

    @Test
    void gid_branch_and_op_are_sufficient_and_missing_metadata_is_accepted() {
        call(identity());
        assertThat(seen.get().orElseThrow().attempt()).isEqualTo(1);
        assertThat(seen.get().orElseThrow().fence()).isZero();
        assertThat(seen.get().orElseThrow().fenceBase()).isZero();
        assertThat(seen.get().orElseThrow().created()).isEmpty();

        call(new Metadata());
        assertThat(seen.get()).isEmpty();
    }

    @Test
    void incomplete_branch_metadata_is_refused() {
        for (Metadata.Key<String> missing :
                List.of(BranchMetadata.GID, BranchMetadata.BRANCH, BranchMetadata.OPERATION)) {
            Metadata headers = identity();
            headers.removeAll(missing);

            assertThat(refused(headers).getStatus().getDescription()).contains("must be set together");
        }
    }

    @Test
    void malformed_metadata_is_refused_with_its_key() {
        for (Metadata.Key<String> key : List.of(
                BranchMetadata.OPERATION,
                BranchMetadata.ATTEMPT,
                BranchMetadata.FENCE,
                BranchMetadata.FENCE_BASE,
                BranchMetadata.CREATED)) {
            Metadata headers = identity();
            headers.discardAll(key);
            headers.put(key, "-1x");

            assertThat(refused(headers).getStatus().getDescription())
                    .contains(key.name())
                    .contains("'-1x'");
        }
    }

    @Test
    void the_creation_time_can_be_milliseconds() {
        Metadata headers = identity();
        headers.put(BranchMetadata.CREATED, "1795168800500");
        call(headers);

        assertThat(seen.get().orElseThrow().created()).contains(Instant.parse("2026-11-20T10:00:00.5Z"));
    }

    @Test
    void a_rejection_is_answered_with_its_code() {
        ErrorDetails answer = ErrorDetails.of(failure(new Rejection("OUT_OF_STOCK", "no A-1 left")));

        assertThat(answer.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(answer.reason()).isEqualTo("REJECTED");
        assertThat(answer.reasonCode()).isEqualTo("OUT_OF_STOCK");
        assertThat(answer.message()).isEqualTo("OUT_OF_STOCK: no A-1 left");
    }

    @Test
    void only_a_stored_rejection_is_marked_as_settled() {
        assertThat(settled(failure(new Rejection("NO", "no")))).isFalse();
        assertThat(settled(failure(new Rejection("NO", "no").settled()))).isTrue();
    }

    @Test
    void each_other_branch_exception_has_its_own_status() {
        Branch branch = Branch.of("order-1", "debit", BranchOp.CONFIRM);

        ErrorDetails inProgress = ErrorDetails.of(failure(new InProgress(Duration.ofMillis(1500), "later")));
        assertThat(inProgress.code()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(inProgress.reason()).isEqualTo("IN_PROGRESS");
        assertThat(inProgress.retryAfter()).contains(Duration.ofMillis(1500));
        ErrorDetails stale = ErrorDetails.of(failure(new StaleFence(branch, 1, 2)));
        assertThat(stale.code()).isEqualTo(Status.Code.ABORTED);
        assertThat(stale.reason()).isEqualTo("STALE_FENCE");
        ErrorDetails expired = ErrorDetails.of(failure(new BarrierExpired("too old")));
        assertThat(expired.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(expired.reason()).isEqualTo("BARRIER_EXPIRED");
        ErrorDetails missing = ErrorDetails.of(failure(new ForwardCallMissing(branch)));
        assertThat(missing.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(missing.reason()).isEmpty();
        ErrorDetails unusable = ErrorDetails.of(failure(BarrierUnusable.autoCommit()));
        assertThat(unusable.code()).isEqualTo(Status.Code.UNIMPLEMENTED);
        assertThat(unusable.reason()).isEqualTo("ENT-090");
    }

    @Test
    void a_wrapped_rejection_and_a_rejection_given_to_onError_are_recognized() {
        assertThat(ErrorDetails.of(failure(new IllegalStateException("a proxy", new Rejection("NO", "no"))))
                        .reason())
                .isEqualTo("REJECTED");

        handler.set(request -> {
            throw new GivenToOnError(new Rejection("NO", "no"));
        });
        assertThat(ErrorDetails.of(catchThrowableOfType(StatusRuntimeException.class, () -> call(identity())))
                        .reason())
                .isEqualTo("REJECTED");
    }

    @Test
    void a_status_of_the_handler_passes_unchanged() {
        handler.set(request -> {
            throw new GivenToOnError(
                    Status.UNAVAILABLE.withDescription("the database is down").asRuntimeException());
        });

        ErrorDetails answer =
                ErrorDetails.of(catchThrowableOfType(StatusRuntimeException.class, () -> call(identity())));
        assertThat(answer.code()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(answer.message()).isEqualTo("the database is down");
    }

    @Test
    void a_long_message_is_truncated() {
        assertThat(ErrorDetails.of(failure(new Rejection("NO", "x".repeat(100_000))))
                        .message())
                .hasSizeLessThan(1100);
    }

    @Test
    void a_long_rejection_in_any_script_is_truncated_at_a_character_boundary() {
        String ideographs = "\u6F22".repeat(1000);
        String emoji = "\uD83D\uDE00".repeat(1000);
        for (Rejection no : List.of(
                new Rejection("NO", ideographs),
                new Rejection("NO", "x" + emoji),
                new Rejection(ideographs, ideographs),
                new Rejection("x".repeat(20_000), "no"))) {
            StatusRuntimeException failure = failure(no.settled());

            ErrorDetails answer = ErrorDetails.of(failure);
            assertThat(answer.reason()).isEqualTo("REJECTED");
            assertThat(settled(failure)).isTrue();
            assertThat(no.getMessage()).startsWith(withoutEllipsis(answer.message()));
            assertThat(no.code()).startsWith(withoutEllipsis(answer.reasonCode()));
            assertThat(answer.message()).doesNotContain("?").doesNotContain("\uFFFD");
        }
    }

    private static String withoutEllipsis(String text) {
        return text.endsWith("\u2026") ? text.substring(0, text.length() - 1) : text;
    }

    @Test
    void a_rejection_that_a_framework_rolled_back_is_stored_before_the_answer() throws Exception {
        DataSource database = TestDatabase.schema("interceptor");
        Barrier barrier = Barrier.postgres().withRejectionsStoredIn(database);
        barrier.createTable(database);
        handler.set(request -> rolledBack(barrier, database));

        StatusRuntimeException answer = catchThrowableOfType(StatusRuntimeException.class, () -> call(identity()));

        assertThat(ErrorDetails.of(answer).reasonCode()).isEqualTo("INSUFFICIENT_FUNDS");
        assertThat(settled(answer)).isTrue();
        assertThat(TestDatabase.text(database, "select verdict || ' ' || reject_code from entente_barrier"))
                .isEqualTo("rejected INSUFFICIENT_FUNDS");
    }

    /** Rolls back, as a transaction interceptor does when an exception passes through it. */
    private static FreezeResponse rolledBack(Barrier barrier, DataSource database) throws Exception {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try {
                return barrier.run(connection, FreezeResponse.getDefaultInstance(), same -> {
                    throw new Rejection("INSUFFICIENT_FUNDS", "alice");
                });
            } catch (RuntimeException passing) {
                connection.rollback();
                throw passing;
            }
        }
    }

    private StatusRuntimeException failure(RuntimeException thrown) {
        handler.set(request -> {
            throw thrown;
        });
        return catchThrowableOfType(StatusRuntimeException.class, () -> call(identity()));
    }

    @Test
    void the_answer_of_a_try_contains_the_names_of_its_children() {
        assertThat(triedChildren(identity())).isEmpty();

        handler.set(request -> {
            TriedChildren children = TriedChildren.of("order-1", "debit/fee");
            children.add("debit/fee/tax", "");
            children.add("debit/fee/bonus", null);
            return FreezeResponse.getDefaultInstance();
        });
        assertThat(triedChildren(identity())).isEqualTo("tax,bonus,bonus/*");
    }

    @Test
    void a_handler_can_read_the_join_token_of_its_transaction() {
        AtomicReference<String> token = new AtomicReference<>();
        AtomicReference<String> elsewhere = new AtomicReference<>();
        handler.set(request -> {
            token.set(JoinToken.current("order-1"));
            elsewhere.set(JoinToken.current("order-2"));
            return FreezeResponse.getDefaultInstance();
        });
        Metadata headers = identity();
        headers.put(BranchMetadata.JOIN, "1.1.0.proof");

        call(headers);

        assertThat(token.get()).isEqualTo("1.1.0.proof");
        assertThat(elsewhere.get()).isEmpty();
    }

    @Test
    void other_operations_and_rejected_tries_name_no_children() {
        Metadata confirm = identity();
        confirm.discardAll(BranchMetadata.OPERATION);
        confirm.put(BranchMetadata.OPERATION, "confirm");
        assertThat(triedChildren(confirm)).isNull();
        assertThat(triedChildren(new Metadata())).isNull();

        handler.set(request -> {
            throw new Rejection("NO", "no");
        });
        StatusRuntimeException answer = catchThrowableOfType(StatusRuntimeException.class, () -> call(identity()));
        assertThat(Objects.requireNonNull(answer.getTrailers()).get(BranchMetadata.TRIED))
                .isNull();
    }

    @Test
    void a_try_with_too_many_children_for_its_answer_fails() {
        handler.set(request -> {
            for (int i = 0; i < 100; i++) {
                TriedChildren.of("order-1", "debit/fee").add("debit/fee/" + "x".repeat(60) + i, "");
            }
            return FreezeResponse.getDefaultInstance();
        });

        StatusRuntimeException answer = catchThrowableOfType(StatusRuntimeException.class, () -> call(identity()));

        assertThat(answer.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(answer.getStatus().getDescription()).contains("4096", "shorter names");
    }

    private @Nullable String triedChildren(Metadata headers) {
        AtomicReference<Metadata> trailers = new AtomicReference<>();
        Channel reading = ClientInterceptors.intercept(
                channel,
                MetadataUtils.newAttachHeadersInterceptor(headers),
                MetadataUtils.newCaptureMetadataInterceptor(new AtomicReference<>(), trailers));
        FreezeResponse unused = AccountServiceGrpc.newBlockingStub(reading)
                .withDeadlineAfter(PatientAwaits.BOUND)
                .tryFreeze(FreezeRequest.getDefaultInstance());
        return trailers.get().get(BranchMetadata.TRIED);
    }

    private StatusRuntimeException refused(Metadata headers) {
        StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, () -> call(headers));
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(seen.get()).isEmpty();
        return refused;
    }

    private static boolean settled(StatusRuntimeException answer) {
        Metadata trailers = answer.getTrailers();
        return trailers != null && trailers.containsKey(BranchMetadata.SETTLED);
    }

    private void call(Metadata headers) {
        Channel with = ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
        FreezeResponse unused = AccountServiceGrpc.newBlockingStub(with)
                .withDeadlineAfter(PatientAwaits.BOUND)
                .tryFreeze(FreezeRequest.getDefaultInstance());
    }

    private static Metadata identity() {
        Metadata headers = new Metadata();
        headers.put(BranchMetadata.GID, "order-1");
        headers.put(BranchMetadata.BRANCH, "debit/fee");
        headers.put(BranchMetadata.OPERATION, "try");
        return headers;
    }

    private static final class GivenToOnError extends Exception {
        private static final long serialVersionUID = 1;

        GivenToOnError(Throwable cause) {
            super(cause);
        }

        Throwable given() {
            return Objects.requireNonNull(getCause());
        }
    }

    private final class Service extends AccountServiceGrpc.AccountServiceImplBase {
        @Override
        public void tryFreeze(FreezeRequest request, StreamObserver<FreezeResponse> answer) {
            seen.set(Branch.current());
            trace.set(TraceParent.current());
            try {
                FreezeResponse response = handler.get().handle(request);
                answer.onNext(response);
                answer.onCompleted();
            } catch (RuntimeException thrown) {
                throw thrown;
            } catch (GivenToOnError given) {
                answer.onError(given.given());
            } catch (Exception other) {
                answer.onError(other);
            }
        }
    }
}
