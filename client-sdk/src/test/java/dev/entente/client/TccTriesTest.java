package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import bank.v1.AccountServiceGrpc;
import bank.v1.FreezeRequest;
import bank.v1.FreezeResponse;
import bank.v1.SettleResponse;
import dev.entente.participant.InProgress;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.TccBranch;
import dev.entente.wire.JoinToken;
import dev.entente.wire.TraceParent;
import io.grpc.Context;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The tries of a scope, and the branches that the scope registers for them. */
class TccTriesTest extends ScopeFixture {
    TccTriesTest() throws IOException {}

    @Test
    void tries_can_run_concurrently_and_the_commit_waits_for_all() {
        CountDownLatch held = bank.hold();

        tcc().execute(scope -> {
            CompletableFuture<FreezeResponse> debit =
                    scope.tryBranchAsync("debit", freeze("alice"), this::confirm, cancel());
            CompletableFuture<FreezeResponse> credit =
                    scope.tryBranchAsync("credit", freeze("bob"), this::confirm, cancel());
            await().until(() -> bank.frozen.size() == 2);
            assertThat(debit).isNotDone();
            assertThat(credit).isNotDone();
            held.countDown();
            return "not awaited here";
        });

        assertThat(coordinator.commits.get(0).getBranchesList()).containsExactlyInAnyOrder("debit", "credit");
    }

    @Test
    void a_try_with_unknown_outcome_is_repeated_with_the_next_attempt_number() {
        bank.fail(Status.UNAVAILABLE.asRuntimeException());
        bank.fail(new InProgress(Duration.ofMillis(1), "another call is running"));
        bank.fail(new IllegalStateException("a defect"));

        tcc().execute(scope -> scope.tryBranch("debit", freeze("alice"), this::confirm, cancel()));

        assertThat(bankServer.arrivals)
                .extracting(arrival -> arrival.header("entente-attempt"))
                .containsExactly("1", "2", "3", "4");
        assertThat(coordinator.calls).containsExactly("begin", "register debit", "commit");
    }

    @Test
    void a_try_with_unknown_outcome_fails_after_its_last_attempt() {
        for (int i = 0; i < 3; i++) {
            bank.fail(Status.UNAVAILABLE.withDescription("down").asRuntimeException());
        }

        assertThatThrownBy(() ->
                        tcc().execute(scope -> scope.tryBranch("debit", freeze("alice"), this::confirm, cancel())))
                .isInstanceOf(BranchFailed.class)
                .hasMessageContaining("did not succeed");
        assertThat(bank.frozen).hasSize(3);
        assertThat(coordinator.calls).last().asString().startsWith("abort: ");
    }

    @Test
    void nested_branches_are_registered_with_their_paths() {
        tcc().execute(scope -> {
            scope.tryBranch("debit", freeze("alice"), this::confirm, cancel());
            return scope.nested("debit").tryBranch("fee", freeze("fees"), this::confirm, cancel());
        });

        assertThat(coordinator.calls).containsExactly("begin", "register debit", "register debit/fee", "commit");
        assertThat(coordinator.registers.get(1).getTcc().getParent()).isEqualTo("debit");
        assertThat(coordinator.registers.get(1).getTcc().getId()).isEqualTo("fee");
        assertThat(coordinator.registers.get(1).getTcc().getConfirm().getBind(0).getFrom())
                .isEqualTo("debit/fee");
        assertThat(bankServer.arrivals.get(1).header("entente-branch")).isEqualTo("debit/fee");
        assertThat(coordinator.commits.get(0).getBranchesList()).containsExactly("debit", "debit/fee");
    }

    @Test
    void a_participant_can_register_child_branches_and_does_not_commit() {
        tcc().execute(scope -> {
            scope.tryBranch("debit", freeze("alice"), this::confirm, cancel());
            return entente.join(scope.gid(), "debit").tryBranch("fee", freeze("fees"), cancel(), cancel());
        });

        assertThat(coordinator.calls).containsExactly("begin", "register debit", "register debit/fee", "commit");
        assertThat(coordinator.commits.get(0).getBranchesList()).containsExactly("debit");
    }

    @Test
    void a_try_carries_the_join_token_of_its_branch() {
        tcc().execute(scope -> scope.tryBranch("debit", freeze("alice"), this::confirm, cancel()));

        assertThat(bankServer.arrivals.get(0).header("entente-join")).isEqualTo("token of debit");
    }

    @Test
    void children_are_registered_with_the_join_token_of_their_call() {
        tcc().execute(scope -> {
            scope.tryBranch("debit", freeze("alice"), this::confirm, cancel());
            Context called = new JoinToken(scope.gid(), "of the call").in(Context.current());
            Context before = called.attach();
            try {
                entente.join(scope.gid(), "debit").tryBranch("fee", freeze("fees"), cancel(), cancel());
            } finally {
                called.detach(before);
            }
            return entente.join(scope.gid(), "debit", "of a header")
                    .tryBranch("tax", freeze("taxes"), cancel(), cancel());
        });

        assertThat(coordinator.registers)
                .extracting(RegisterBranchRequest::getJoinToken)
                .containsExactly("", "of the call", "of a header");
    }

    @Test
    void a_scope_commits_children_that_a_participant_reports_as_tried() {
        tcc().execute(scope -> {
            scope.tryBranch("debit", freeze("alice"), this::confirm, cancel());
            TccScope elsewhere = entente.join(scope.gid(), "debit");
            elsewhere.tryBranch("fee", freeze("fees"), cancel(), cancel());
            assertThat(elsewhere.tried()).isEqualTo("fee");
            scope.alsoTried("debit", elsewhere.tried());
            return "done";
        });

        assertThat(coordinator.commits.get(0).getBranchesList()).containsExactly("debit", "debit/fee");
        assertThat(coordinator.commits.get(0).getBranchResponsesMap()).containsOnlyKeys("debit");
    }

    @Test
    void a_plan_declares_children_under_the_paths_of_their_parents() {
        List<TccBranch> branches = entente.tcc("transfer")
                .branch("debit", freeze("alice"), cancel(), cancel())
                .child("debit", "fee", freeze("fees"), this::confirm, cancel())
                .child("debit/fee", "tax", freeze("taxes"), cancel(), cancel())
                .toProto()
                .getTcc()
                .getBranchesList();

        assertThat(branches).extracting(TccBranch::getParent).containsExactly("", "debit", "debit/fee");
        assertThat(branches).extracting(TccBranch::getId).containsExactly("debit", "fee", "tax");
        assertThat(branches.get(1).getConfirm().getBind(0).getFrom()).isEqualTo("debit/fee");
    }

    @Test
    void the_confirm_of_a_joined_child_cannot_use_the_answer_of_its_try() {
        TccScope debit = entente.join("transfer-1", "debit");
        Call<SettleResponse> bound = confirm(freeze("fees").response("debit/fee", null));

        assertThatThrownBy(() -> debit.tryBranch("fee", freeze("fees"), bound, cancel()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("debit/fee");
        assertThat(debit.nested("fee").gid()).isEqualTo("transfer-1");
        assertThat(coordinator.calls).isEmpty();
    }

    @Test
    void a_try_carries_the_headers_of_its_branch() {
        tcc().execute(scope -> scope.tryBranch("debit", freeze("alice"), this::confirm, cancel()));

        Loopback.Arrival tried = bankServer.arrivals.get(0);
        assertThat(tried.header("entente-gid")).isEqualTo("transfer-1");
        assertThat(tried.header("entente-branch")).isEqualTo("debit");
        assertThat(tried.header("entente-op")).isEqualTo("try");
        assertThat(tried.header("entente-attempt")).isEqualTo("1");
        assertThat(tried.header("entente-fence")).isEqualTo("3");
        assertThat(tried.header("entente-fence-base")).isEqualTo("1");
        assertThat(tried.header("entente-pattern")).isEqualTo("tcc");
        assertThat(tried.header("entente-created")).isEqualTo("2026-11-20T10:00:00Z");
        assertThat(tried.header("idempotency-key")).isEqualTo("transfer-1/debit/try");
        assertThat(tried.header("traceparent"))
                .isEqualTo(TraceParent.ofCall("transfer-1", "debit", "try", 1).header());
        assertThat(tried.hasDeadline()).isTrue();
    }

    @Test
    void an_unknown_participant_address_is_refused_before_the_registration() {
        Participant elsewhere = entente.participant("elsewhere");

        assertThatThrownBy(() -> tcc().execute(scope -> scope.tryBranch(
                        "debit",
                        elsewhere.call(AccountServiceGrpc.getTryFreezeMethod(), FreezeRequest.getDefaultInstance()),
                        cancel(),
                        cancel())))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("participant(\"elsewhere\"");
        assertThat(coordinator.registers).isEmpty();
    }

    @Test
    void tries_inherit_the_deadline_of_the_context() {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        CountDownLatch held = bank.hold();
        try (Context.CancellableContext call = Context.current().withDeadlineAfter(5, TimeUnit.SECONDS, timer)) {
            assertThatThrownBy(() -> call.call(() ->
                            tcc().execute(scope -> scope.tryBranch("debit", freeze("alice"), this::confirm, cancel()))))
                    .isInstanceOfSatisfying(
                            BranchFailed.class,
                            failed -> assertThat(failed.code()).isEqualTo("DEADLINE_EXCEEDED"));
            assertThat(coordinator.calls).last().asString().startsWith("abort: ");
        } finally {
            held.countDown();
            timer.shutdownNow();
        }
    }
}
