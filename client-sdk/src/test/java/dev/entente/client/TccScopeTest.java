package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import bank.v1.FreezeResponse;
import dev.entente.participant.Rejection;
import dev.entente.v1.Transaction;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Commit and abort of a scope, and failures after which the scope can only abort. */
class TccScopeTest extends ScopeFixture {
    TccScopeTest() throws IOException {}

    @Test
    void each_try_is_registered_and_the_commit_carries_the_answers() {
        String result = tcc().execute(scope -> {
            FreezeResponse debit = scope.tryBranch("debit", freeze("alice"), this::confirm, cancel());
            scope.tryBranch("credit", freeze("bob"), this::confirm, cancel());
            return debit.getFreezeId();
        });

        assertThat(result).isEqualTo("f-alice");
        assertThat(coordinator.calls).containsExactly("begin", "register debit", "register credit", "commit");
        assertThat(bank.frozen).containsExactly("alice", "bob");
        assertThat(coordinator.commits.get(0).getBranchesList()).containsExactly("debit", "credit");
        assertThat(coordinator.commits.get(0).getBranchResponsesMap())
                .containsEntry(
                        "debit",
                        FreezeResponse.newBuilder()
                                .setFreezeId("f-alice")
                                .build()
                                .toByteString())
                .containsEntry(
                        "credit",
                        FreezeResponse.newBuilder().setFreezeId("f-bob").build().toByteString());
        assertThat(coordinator.registers.get(0).getTcc().getConfirm().getBind(0).getFrom())
                .isEqualTo("debit");
    }

    @Test
    void an_exception_in_the_body_aborts_and_is_rethrown() {
        IllegalArgumentException held = new IllegalArgumentException("transfer held");

        assertThatThrownBy(() -> tcc().execute(scope -> {
                    scope.tryBranch("debit", freeze("alice"), this::confirm, cancel());
                    throw held;
                }))
                .isSameAs(held);
        assertThat(coordinator.calls).containsExactly("begin", "register debit", "abort: transfer held");
    }

    @Test
    void a_failed_abort_does_not_hide_the_exception_of_the_body() {
        coordinator.fail("abort", FakeCoordinator.error(Status.Code.FAILED_PRECONDITION, "ENT-041", "too late"));

        IllegalStateException rethrown = catchThrowableOfType(
                IllegalStateException.class, () -> tcc().execute(scope -> fail(new IllegalStateException("a defect"))));

        assertThat(rethrown).hasMessage("a defect");
        assertThat(rethrown.getSuppressed()[0])
                .isInstanceOf(TransactionRefused.class)
                .hasMessageContaining("ENT-041");
    }

    @Test
    void an_abort_that_fails_temporarily_is_sent_again() {
        for (int i = 0; i < 3; i++) {
            coordinator.fail("abort", FakeCoordinator.error(Status.Code.UNAVAILABLE, "ENT-053", "not now"));
        }

        IllegalStateException rethrown = catchThrowableOfType(
                IllegalStateException.class, () -> tcc().execute(scope -> fail(new IllegalStateException("a defect"))));

        assertThat(rethrown.getSuppressed()).isEmpty();
        assertThat(coordinator.calls.stream().filter(call -> call.startsWith("abort")))
                .hasSize(4);
        assertThat(coordinator.transaction("transfer-1").getState()).isEqualTo(Transaction.State.UNDOING);
    }

    @Test
    void a_rejected_try_aborts() {
        bank.fail(new Rejection("INSUFFICIENT_FUNDS", "alice"));

        BranchFailed failed = catchThrowableOfType(
                BranchFailed.class,
                () -> tcc().execute(scope -> scope.tryBranch("debit", freeze("alice"), this::confirm, cancel())));

        assertThat(failed.isRejected()).isTrue();
        assertThat(failed.rejection()).isEqualTo("INSUFFICIENT_FUNDS");
        assertThat(failed.branch()).isEqualTo("debit");
        assertThat(failed.gid()).isEqualTo("transfer-1");
        assertThat(bank.frozen).hasSize(1);
        assertThat(coordinator.calls).last().asString().startsWith("abort: ");
    }

    @Test
    void a_failed_try_aborts_the_scope_even_if_the_body_catches_the_exception() {
        bank.fail(new Rejection("INSUFFICIENT_FUNDS", "alice"));

        TransactionAborted aborted = catchThrowableOfType(
                TransactionAborted.class,
                () -> tcc().execute(scope -> {
                    assertThatThrownBy(() -> scope.tryBranch("debit", freeze("alice"), this::confirm, cancel()))
                            .isInstanceOf(BranchFailed.class);
                    assertThatThrownBy(() -> scope.tryBranch("credit", freeze("bob"), this::confirm, cancel()))
                            .isInstanceOf(IllegalStateException.class);
                    return "never mind";
                }));

        assertThat(aborted.branch()).isEqualTo("debit");
        assertThat(aborted).hasCauseInstanceOf(BranchFailed.class);
        assertThat(bank.frozen).containsExactly("alice");
        assertThat(coordinator.commits).isEmpty();
        assertThat(coordinator.calls).last().asString().startsWith("abort: ");
    }

    @Test
    void a_refused_registration_aborts_the_scope_without_a_try() {
        coordinator.fail("register", FakeCoordinator.error(Status.Code.ALREADY_EXISTS, "ENT-031", "other content"));

        assertThatThrownBy(() -> tcc().execute(scope -> {
                    assertThatThrownBy(() -> scope.tryBranch("debit", freeze("alice"), this::confirm, cancel()))
                            .isInstanceOf(TransactionRefused.class);
                    return "never mind";
                }))
                .isInstanceOf(TransactionAborted.class);
        assertThat(bank.frozen).isEmpty();
        assertThat(coordinator.commits).isEmpty();
    }

    @Test
    void an_unanswered_commit_is_repeated_and_never_aborted() {
        StatusRuntimeException broken = Status.UNAVAILABLE.asRuntimeException();
        for (int i = 0; i < 1000; i++) {
            coordinator.fail("commit", broken);
        }

        TransactionPending pending;
        try (Entente impatient =
                coordinatorServer.client().retryFor(Duration.ofSeconds(5)).build()) {
            Tcc tcc = impatient.tcc("transfer").gid("transfer-1");
            pending = catchThrowableOfType(
                    TransactionPending.class,
                    () -> tcc.execute(scope -> scope.tryBranch("debit", freeze("alice"), this::confirm, cancel())));
        }

        assertThat(pending.gid()).isEqualTo("transfer-1");
        assertThat(pending.parked()).isFalse();
        assertThat(pending.retryable()).isTrue();
        assertThat(coordinator.commits).hasSizeGreaterThan(1);
        assertThat(coordinator.calls).noneMatch(call -> call.startsWith("abort"));
    }

    @Test
    void a_commit_with_a_lost_answer_is_repeated_and_succeeds() {
        coordinator.loseAnswer("commit");

        assertThat(tcc().execute(scope -> scope.tryBranch("debit", freeze("alice"), this::confirm, cancel()))
                        .getFreezeId())
                .isEqualTo("f-alice");
        assertThat(coordinator.commits).hasSize(2);
        assertThat(coordinator.transaction("transfer-1").getState()).isEqualTo(Transaction.State.COMPLETING);
    }

    @Test
    void a_refused_commit_is_not_followed_by_an_abort() {
        TransactionRefused refused = catchThrowableOfType(
                TransactionRefused.class,
                () -> tcc().execute(scope -> {
                    coordinator.registerBranch(scope.gid(), "stranger");
                    return scope.tryBranch("debit", freeze("alice"), this::confirm, cancel());
                }));

        assertThat(refused.code()).isEqualTo("ENT-045");
        assertThat(coordinator.calls).noneMatch(call -> call.startsWith("abort"));
    }

    @Test
    void a_commit_after_the_deadline_reports_an_aborted_transaction() {
        TransactionAborted aborted = catchThrowableOfType(
                TransactionAborted.class,
                () -> tcc().execute(scope -> {
                    FreezeResponse debit = scope.tryBranch("debit", freeze("alice"), this::confirm, cancel());
                    coordinator.put(coordinator.transaction(scope.gid()).toBuilder()
                            .setState(Transaction.State.UNDOING)
                            .build());
                    return debit;
                }));

        assertThat(aborted.code()).isEqualTo("ENT-040");
        assertThat(coordinator.calls).last().isEqualTo("commit");
    }

    @Test
    void an_abort_waits_for_tries_in_flight() throws Exception {
        CountDownLatch held = bank.hold();

        CompletableFuture<Throwable> ended = CompletableFuture.supplyAsync(() -> catchThrowableOfType(
                IllegalStateException.class,
                () -> tcc().execute(scope -> {
                    CompletableFuture<FreezeResponse> unused =
                            scope.tryBranchAsync("debit", freeze("alice"), this::confirm, cancel());
                    await().until(() -> bank.frozen.contains("alice"));
                    throw new IllegalStateException("changed my mind");
                })));
        await().until(() -> bank.frozen.contains("alice"));
        await().during(Duration.ofMillis(200))
                .until(() -> coordinator.calls.stream().noneMatch(call -> call.startsWith("abort")));
        held.countDown();

        assertThat(ended.get()).hasMessage("changed my mind");
        assertThat(coordinator.calls).last().isEqualTo("abort: changed my mind");
    }

    @Test
    void a_finished_scope_refuses_further_tries() {
        AtomicReference<TccScope> kept = new AtomicReference<>();
        tcc().execute(scope -> {
            kept.set(scope);
            return "";
        });

        assertThatThrownBy(() -> kept.get().tryBranch("debit", freeze("alice"), this::confirm, cancel()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has ended");
        assertThat(bank.frozen).isEmpty();
    }

    @Test
    void a_decided_gid_does_not_run_the_body_again() {
        tcc().execute(scope -> "first");

        TransactionRefused refused = catchThrowableOfType(
                TransactionRefused.class, () -> tcc().execute(scope -> fail(new AssertionError())));

        assertThat(refused.code()).isEqualTo("ENT-040");
        assertThat(coordinator.commits).hasSize(1);
    }

    @Test
    void a_caller_context_cancelled_before_the_commit_aborts() {
        Context.CancellableContext call = Context.current().withCancellation();

        assertThatThrownBy(() -> call.call(() -> tcc().execute(scope -> {
                    scope.tryBranch("debit", freeze("alice"), this::confirm, cancel());
                    call.cancel(new IllegalStateException("the client hung up"));
                    return "";
                })))
                .isInstanceOf(TransactionAborted.class);
        assertThat(coordinator.commits).isEmpty();
        assertThat(coordinator.calls).last().asString().startsWith("abort: ");
    }

    @Test
    void an_interrupted_thread_aborts_and_stays_interrupted() {
        assertThatThrownBy(() -> tcc().execute(scope -> {
                    scope.tryBranch("debit", freeze("alice"), this::confirm, cancel());
                    Thread.currentThread().interrupt();
                    return "";
                }))
                .isInstanceOf(TransactionAborted.class);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(coordinator.commits).isEmpty();
        assertThat(coordinator.transaction("transfer-1").getState()).isEqualTo(Transaction.State.UNDOING);
    }
}
