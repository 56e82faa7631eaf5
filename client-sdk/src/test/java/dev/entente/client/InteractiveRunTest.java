package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import bank.v1.FreezeResponse;
import dev.entente.backends.PatientAwaits;
import dev.entente.participant.Rejection;
import dev.entente.v1.Transaction;
import io.grpc.Context;
import io.grpc.Status;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Commit and abort of an asynchronous scope, and failures after which the scope can only abort. */
class InteractiveRunTest extends ScopeFixture {
    InteractiveRunTest() throws IOException {}

    private CompletionStage<FreezeResponse> debit(TccScope scope) {
        return scope.tryBranchAsync("debit", freeze("alice"), this::confirm, cancel());
    }

    private static void assertFailed(CompletableFuture<?> future, Throwable cause) {
        assertThat(future)
                .failsWithin(PatientAwaits.BOUND)
                .withThrowableThat()
                .havingCause()
                .isSameAs(cause);
    }

    @Test
    void a_completed_stage_of_the_body_commits() {
        CompletableFuture<String> result =
                tcc().executeAsync(scope -> debit(scope).thenApply(FreezeResponse::getFreezeId));

        assertThat(result).succeedsWithin(PatientAwaits.BOUND).isEqualTo("f-alice");
        assertThat(coordinator.calls).containsExactly("begin", "register debit", "commit");
        assertThat(coordinator.commits.get(0).getBranchesList()).containsExactly("debit");
    }

    @Test
    void a_failed_stage_aborts_and_fails_the_future_with_its_exception() {
        IllegalArgumentException held = new IllegalArgumentException("transfer held");

        CompletableFuture<String> result =
                tcc().executeAsync(scope -> debit(scope).thenCompose(frozen -> CompletableFuture.failedFuture(held)));

        assertFailed(result, held);
        assertThat(coordinator.calls).containsExactly("begin", "register debit", "abort: transfer held");
    }

    @Test
    void a_body_that_throws_aborts() {
        IllegalArgumentException held = new IllegalArgumentException("transfer held");

        assertFailed(
                tcc().executeAsync(scope -> {
                    throw held;
                }),
                held);
        assertThat(coordinator.calls).containsExactly("begin", "abort: transfer held");
    }

    @Test
    void a_failed_try_aborts_the_scope_even_if_the_body_handles_the_failure() {
        bank.fail(new Rejection("INSUFFICIENT_FUNDS", "alice"));

        CompletableFuture<String> result =
                tcc().executeAsync(scope -> debit(scope).handle((frozen, failed) -> "never mind"));

        assertThat(result)
                .failsWithin(PatientAwaits.BOUND)
                .withThrowableThat()
                .havingCause()
                .isInstanceOfSatisfying(
                        TransactionAborted.class,
                        aborted -> assertThat(aborted.code()).isEqualTo("BRANCH_FAILED"));
        assertThat(coordinator.transaction("transfer-1").getState()).isEqualTo(Transaction.State.UNDOING);
    }

    @Test
    void the_commit_waits_for_tries_that_the_body_does_not_await() {
        CompletableFuture<String> result = tcc().executeAsync(scope -> {
            debit(scope);
            return CompletableFuture.completedFuture("done");
        });

        assertThat(result).succeedsWithin(PatientAwaits.BOUND);
        assertThat(coordinator.commits.get(0).getBranchesList()).containsExactly("debit");
    }

    @Test
    void a_future_cancelled_before_the_commit_aborts_the_transaction() {
        CompletableFuture<String> body = new CompletableFuture<>();
        CompletableFuture<String> result = tcc().executeAsync(scope -> body);
        await().until(() -> coordinator.calls.contains("begin"));

        result.cancel(true);
        body.complete("done");

        await().until(() -> coordinator.calls.stream().anyMatch(call -> call.startsWith("abort")));
        assertThat(coordinator.commits).isEmpty();
    }

    @Test
    void a_cancelled_future_aborts_while_the_body_is_unfinished() {
        CompletableFuture<String> result = tcc().executeAsync(scope -> new CompletableFuture<>());
        await().until(() -> coordinator.calls.contains("begin"));

        result.cancel(true);

        await().until(() -> coordinator.calls.stream().anyMatch(call -> call.startsWith("abort")));
    }

    @Test
    void a_cancelled_caller_context_aborts_while_the_body_is_unfinished() {
        Context.CancellableContext call = Context.current().withCancellation();
        call.run(() -> {
            CompletableFuture<String> unused = tcc().executeAsync(scope -> {
                call.cancel(null);
                return new CompletableFuture<>();
            });
        });

        await().until(() -> coordinator.calls.stream().anyMatch(made -> made.startsWith("abort")));
    }

    @Test
    void the_body_runs_in_the_caller_context_and_its_cancellation_aborts() {
        Context.Key<String> customer = Context.key("customer");
        Context.CancellableContext call =
                Context.current().withValue(customer, "42").withCancellation();

        CompletableFuture<String> result = new CompletableFuture<>();
        call.run(() -> {
            CompletableFuture<String> unused = tcc().<String>executeAsync(scope -> {
                        assertThat(customer.get()).isEqualTo("42");
                        call.cancel(null);
                        return CompletableFuture.completedFuture("done");
                    })
                    .whenComplete((value, thrown) -> result.completeExceptionally(thrown));
        });

        assertThat(result)
                .failsWithin(PatientAwaits.BOUND)
                .withThrowableThat()
                .havingCause()
                .isInstanceOfSatisfying(
                        TransactionAborted.class,
                        aborted -> assertThat(aborted.code()).isEqualTo("CALLER_GONE"));
    }

    @Test
    void a_refused_begin_fails_the_future_and_does_not_run_the_body() {
        coordinator.fail("begin", FakeCoordinator.error(Status.Code.INVALID_ARGUMENT, "ENT-011", "no such name"));

        assertThat(tcc().<String>executeAsync(scope -> {
                    throw new AssertionError("it has not begun");
                }))
                .failsWithin(PatientAwaits.BOUND)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(TransactionRefused.class);
    }

    @Test
    void executeAsync_refuses_declared_branches() {
        Tcc declared = tcc().branch("debit", freeze("alice"), cancel(), cancel());

        assertThatThrownBy(() -> declared.executeAsync(scope -> new CompletableFuture<>()))
                .isInstanceOf(IllegalStateException.class);
    }
}
