package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import bank.v1.AccountServiceGrpc;
import bank.v1.FreezeRequest;
import bank.v1.FreezeResponse;
import bank.v1.SettleRequest;
import bank.v1.SettleResponse;
import dev.entente.backends.PatientAwaits;
import dev.entente.v1.Body;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Parked;
import dev.entente.v1.Transaction;
import io.grpc.Context;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Submits as unary calls and over a stream. */
@Execution(ExecutionMode.CONCURRENT)
@ParameterizedClass(name = "stream = {0}")
@ValueSource(booleans = {false, true})
class SubmitTest {
    private final FakeCoordinator coordinator = new FakeCoordinator();
    private final Loopback server = new Loopback(coordinator);
    private final boolean stream;
    private final Entente entente;

    SubmitTest(boolean stream) throws IOException {
        this.stream = stream;
        entente = builder().build();
    }

    private Entente.Builder builder() {
        return server.client().stream(stream);
    }

    @AfterEach
    void close() {
        entente.close();
        server.close();
    }

    @Test
    void transient_errors_are_repeated_with_the_same_gid_and_first_attempt_time() {
        coordinator.fail("submit", Status.UNAVAILABLE.asRuntimeException());
        coordinator.fail(
                "submit",
                FakeCoordinator.error(
                        Status.Code.RESOURCE_EXHAUSTED, "ENT-050", "too much waits", Duration.ofMillis(1), List.of()));
        coordinator.loseAnswer("submit");

        assertThat(entente.saga("checkout").submit().alreadyKnown()).isTrue();
        assertThat(coordinator.submits).hasSize(4);
        assertThat(coordinator.submits)
                .extracting(request -> request.getPlan().getGid())
                .containsOnly(coordinator.submits.get(0).getPlan().getGid());
        assertThat(coordinator.submits)
                .allMatch(request -> request.getFirstAttemptTime()
                        .equals(coordinator.submits.get(0).getFirstAttemptTime()));
    }

    @Test
    void a_second_submit_of_a_builder_joins_the_transaction() {
        Saga saga = saga();
        saga.submit();

        assertThat(saga.submit().alreadyKnown()).isTrue();
        assertThat(coordinator.submits.get(1))
                .isEqualTo(coordinator.submits.get(0).toBuilder()
                        .setWait(coordinator.submits.get(1).getWait())
                        .build());
    }

    @Test
    void other_content_under_the_same_gid_is_refused_at_once() {
        saga().submit();

        TransactionRefused refused = catchThrowableOfType(
                TransactionRefused.class, () -> saga().label("other", "content").submit());

        assertThat(refused.code()).isEqualTo("ENT-031");
        assertThat(refused.gid()).isEqualTo("order-1");
        assertThat(refused.retryable()).isFalse();
        assertThat(coordinator.submits).hasSize(2);
    }

    /** The entries of {@code Map.of} have another order after each start of a JVM. */
    @Test
    void map_entries_in_another_order_are_equal_content() {
        SettleRequest first =
                SettleRequest.newBuilder().putTotals("a", 1).putTotals("b", 2).build();
        SettleRequest again =
                SettleRequest.newBuilder().putTotals("b", 2).putTotals("a", 1).build();
        assertThat(again.toByteString()).isNotEqualTo(first.toByteString());

        settling(first).submit();
        assertThat(settling(again).submit().alreadyKnown()).isTrue();
    }

    private Message settling(SettleRequest request) {
        Call<SettleResponse> call =
                entente.participant("account").call(AccountServiceGrpc.getConfirmFreezeMethod(), request);
        return entente.message("settled").gid("settled-1").to(call).toTopic("accounts", request);
    }

    @Test
    void validate_reports_every_violation_and_warning() {
        coordinator.fail(
                "submit",
                FakeCoordinator.error(
                        Status.Code.INVALID_ARGUMENT,
                        "ENT-001",
                        "two mistakes",
                        null,
                        List.of("plan.name", "plan.saga.steps[0]")));

        TransactionRefused refused = catchThrowableOfType(TransactionRefused.class, () -> saga().validate());

        assertThat(refused.violations()).containsExactly("plan.name: is wrong", "plan.saga.steps[0]: is wrong");
        assertThat(refused).hasMessageContaining("plan.saga.steps[0]: is wrong");
        assertThat(coordinator.submits.get(0).getValidateOnly()).isTrue();
        coordinator.warnings.add("a doubt");
        assertThat(saga().validate()).containsExactly("a doubt");
    }

    @Test
    void an_unanswered_submit_reports_that_a_repetition_is_harmless() {
        for (int i = 0; i < 1000; i++) {
            coordinator.fail(
                    "submit",
                    Status.UNAVAILABLE.withDescription("connection refused").asRuntimeException());
        }

        CoordinatorUnavailable unavailable;
        try (Entente impatient = impatient()) {
            Saga saga = impatient.saga("checkout").gid("order-1");
            unavailable = catchThrowableOfType(CoordinatorUnavailable.class, saga::submit);
        }

        // The last attempt may start so late that it times out before its answer.
        assertThat(unavailable.code()).isIn("UNAVAILABLE", "DEADLINE_EXCEEDED");
        assertThat(unavailable.gid()).isEqualTo("order-1");
        assertThat(unavailable.retryable()).isTrue();
        assertThat(unavailable)
                .hasMessageContaining(unavailable.code())
                .hasMessageContaining("it is safe to send the same request again");
    }

    @Test
    void a_refusal_after_a_lost_answer_leaves_the_outcome_unknown() {
        coordinator.loseAnswer("submit");
        coordinator.fail("submit", FakeCoordinator.error(Status.Code.UNAUTHENTICATED, "ENT-060", "an old token"));

        assertThatThrownBy(() -> saga().submit()).isInstanceOfSatisfying(CoordinatorUnavailable.class, doubt -> {
            assertThat(doubt.code()).isEqualTo("ENT-060");
            assertThat(doubt).hasMessageContaining("unknown");
        });
    }

    @Test
    void an_internal_error_is_reported_as_CoordinatorUnavailable() {
        coordinator.fail("submit", FakeCoordinator.error(Status.Code.INTERNAL, "ENT-099", "a defect"));

        assertThatThrownBy(() -> saga().submit()).isInstanceOf(CoordinatorUnavailable.class);
    }

    @Test
    void a_plan_first_sent_more_than_a_week_ago_is_refused_with_ENT_032() {
        TransactionRefused refused = catchThrowableOfType(
                TransactionRefused.class,
                () -> saga().firstAttemptAt(
                                Instant.now().minus(Duration.ofDays(7)).minusSeconds(1))
                        .submit());

        assertThat(refused.code()).isEqualTo("ENT-032");
        assertThat(coordinator.submits).isEmpty();
    }

    @Test
    void run_returns_the_response_of_the_chosen_step() {
        coordinator.progress(running -> running.toBuilder()
                .setState(Transaction.State.SUCCEEDED)
                .setTerminal(true)
                .setResult(Body.newBuilder()
                        .setRaw(FreezeResponse.newBuilder()
                                .setFreezeId("f-1")
                                .build()
                                .toByteString()))
                .build());
        Saga saga = saga();
        Step<FreezeResponse> step = saga.step("freeze", freeze()).nothingToUndo();

        assertThat(saga.run(step, PatientAwaits.BOUND).getFreezeId()).isEqualTo("f-1");
        assertThat(coordinator.submits.get(0).getPlan().getResultBranch()).isEqualTo("freeze");
        assertThat(coordinator.submits.get(0).getWait().getSeconds()).isBetween(100L, 300L);
    }

    @Test
    void an_aborted_saga_reports_the_rejecting_branch_and_the_reason() {
        coordinator.progress(running -> running.toBuilder()
                .setState(Transaction.State.ABORTED)
                .setTerminal(true)
                .setAbortReason(Transaction.AbortReason.STEP_REJECTED)
                .setDetail("pay: card declined")
                .addBranches(BranchStatus.newBuilder().setId("reserve").setState(BranchStatus.State.UNDONE))
                .addBranches(BranchStatus.newBuilder().setId("pay").setState(BranchStatus.State.REJECTED))
                .build());
        Saga saga = saga();
        Step<FreezeResponse> step = saga.step("freeze", freeze()).nothingToUndo();

        TransactionAborted aborted =
                catchThrowableOfType(TransactionAborted.class, () -> saga.run(step, PatientAwaits.BOUND));

        assertThat(aborted.code()).isEqualTo("STEP_REJECTED");
        assertThat(aborted.branch()).isEqualTo("pay");
        assertThat(aborted.reason()).isEqualTo("pay: card declined");
        assertThat(saga.submitAndWait(PatientAwaits.BOUND))
                .isInstanceOfSatisfying(
                        Outcome.Aborted.class,
                        outcome -> assertThat(outcome.branch()).isEqualTo("pay"));
    }

    @Test
    void a_wait_polls_a_running_saga_until_its_final_state() {
        coordinator.progress(running -> {
            boolean seenTwice = coordinator.calls.stream().filter("get"::equals).count() == 2;
            return seenTwice
                    ? running.toBuilder()
                            .setState(Transaction.State.SUCCEEDED)
                            .setTerminal(true)
                            .build()
                    : running;
        });

        assertThat(saga().submitAndWait(PatientAwaits.BOUND)).isInstanceOf(Outcome.Succeeded.class);
        assertThat(coordinator.calls).containsExactly("submit", "get", "get");
    }

    @Test
    void a_saga_that_is_still_running_at_the_end_of_the_wait_is_pending() {
        Outcome outcome = saga().submitAndWait(Duration.ofMillis(250));

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Pending.class,
                        pending -> assertThat(pending.parked()).isFalse());
        assertThatThrownBy(outcome::orThrow)
                .isInstanceOf(TransactionPending.class)
                .hasMessageContaining("RUNNING");
    }

    @Test
    void a_parked_saga_is_pending_and_reports_the_advice_for_the_operator() {
        coordinator.progress(running -> running.toBuilder()
                .setParked(Parked.newBuilder()
                        .setReason(Parked.Reason.UNDO_EXHAUSTED)
                        .setDetail("pay")
                        .setAdvice("retry or resolve"))
                .build());

        Outcome outcome = saga().submitAndWait(PatientAwaits.BOUND);

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Pending.class,
                        pending -> assertThat(pending.parked()).isTrue());
        TransactionPending pending = catchThrowableOfType(TransactionPending.class, outcome::orThrow);
        assertThat(pending.parked()).isTrue();
        assertThat(pending).hasMessageContaining("UNDO_EXHAUSTED").hasMessageContaining("retry or resolve");
    }

    @Test
    void the_future_of_submitAsync_fails_with_the_same_exceptions() {
        saga().submit();

        assertThatThrownBy(() -> saga().label("other", "content").submitAsync().get())
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(TransactionRefused.class);
        assertThat(saga().submitAsync().join().alreadyKnown()).isTrue();
    }

    @Test
    void the_deadline_of_the_context_bounds_a_submit() {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        for (int i = 0; i < 1000; i++) {
            coordinator.fail("submit", Status.UNAVAILABLE.asRuntimeException());
        }
        try (Entente patient = builder().retryFor(Duration.ofHours(1)).build();
                Context.CancellableContext call =
                        Context.current().withDeadlineAfter(300, TimeUnit.MILLISECONDS, timer)) {
            assertThatThrownBy(() -> call.call(() -> patient.saga("checkout").submit()))
                    .isInstanceOf(CoordinatorUnavailable.class);
        } finally {
            timer.shutdownNow();
        }
    }

    @Test
    void an_interrupted_submit_keeps_the_interrupt_and_reports_an_unknown_outcome() {
        // Without these faults the answer could be there before the wait, and would be returned.
        for (int i = 0; i < 1000; i++) {
            coordinator.fail("submit", Status.UNAVAILABLE.asRuntimeException());
        }
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> saga().submit())
                .isInstanceOfSatisfying(
                        CoordinatorUnavailable.class,
                        unknown -> assertThat(unknown.code()).isEqualTo("INTERRUPTED"));
        assertThat(Thread.interrupted()).isTrue();
    }

    private Entente impatient() {
        return builder().retryFor(Duration.ofSeconds(15)).build();
    }

    private Saga saga() {
        return entente.saga("checkout").gid("order-1");
    }

    private Call<FreezeResponse> freeze() {
        return entente.participant("account")
                .call(AccountServiceGrpc.getTryFreezeMethod(), FreezeRequest.getDefaultInstance());
    }

    @Test
    void an_accepted_saga_is_pending_when_later_reads_fail() {
        for (int i = 0; i < 1000; i++) {
            coordinator.fail("get", Status.UNAVAILABLE.asRuntimeException());
        }

        try (Entente impatient = impatient()) {
            assertThat(impatient.saga("checkout").submitAndWait(Duration.ofMillis(300)))
                    .isInstanceOf(Outcome.Pending.class);
        }
    }

    @Test
    void a_failure_of_the_token_supplier_is_reported_to_the_caller() {
        IllegalStateException noToken = new IllegalStateException("the vault is sealed");
        try (Entente mute = builder()
                .bearerToken(() -> {
                    throw noToken;
                })
                .build()) {
            assertThatThrownBy(() -> mute.saga("checkout").submit()).hasRootCause(noToken);
        }
        assertThat(coordinator.submits).isEmpty();
    }

    @Test
    void a_closed_client_sends_nothing() {
        Saga saga = saga();
        entente.close();

        assertThatThrownBy(saga::submit)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThat(coordinator.submits).isEmpty();
    }
}
