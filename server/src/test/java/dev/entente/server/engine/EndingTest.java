package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.v1.Plan;
import dev.entente.v1.Tcc;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class EndingTest {
    private static final Duration ONE_SECOND = Duration.ofSeconds(1);

    @Test
    void a_watcher_sees_a_final_state_reached_during_a_flush_only_when_durable() {
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one", "two");
        List<Snapshot> reported = new ArrayList<>();
        Transactions.Watching watching =
                fixture.engine.watch("a", reported::add).join();
        fixture.calls.remove().succeed();
        fixture.store.isHoldingBack = true;
        fixture.pass(ONE_SECOND);
        assertThat(fixture.store.writes).hasSize(1);

        fixture.calls.remove().succeed();
        CompletableFuture<Snapshot> fetched = fixture.engine.get("a");
        assertThat(reported).noneMatch(snapshot -> snapshot.progress().state().isTerminal());
        assertThat(fetched).isNotDone();

        fixture.store.isHoldingBack = false;
        fixture.store.answer();
        assertThat(reported.getLast().progress().state()).isEqualTo(TransactionState.SUCCEEDED);
        assertThat(reported.getLast().isLive()).isFalse();
        assertThat(fetched.join().progress().state()).isEqualTo(TransactionState.SUCCEEDED);
        assertThat(watching.over()).isCompleted();
    }

    @Test
    void a_repeated_abort_returns_the_original_finish_time() {
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one", "two");
        var _ = fixture.engine.act("a", new TransactionRequest.Abort("enough", "shop", false, 0));
        fixture.calls.remove().answer().accept(new Outcome.Rejected("sold out", false));
        Snapshot ended = fixture.engine.get("a").join();
        fixture.pass(Duration.ofMinutes(8));

        Snapshot again = fixture.engine
                .act("a", new TransactionRequest.Abort("enough", "shop", false, 0))
                .join();

        assertThat(again.progress().state()).isEqualTo(TransactionState.ABORTED);
        assertThat(again.finishedAt()).isNotNull().isEqualTo(ended.finishedAt());
    }

    @Test
    void a_coordinator_without_a_lease_reads_the_state_from_the_table() {
        EngineFixture other = new EngineFixture();
        other.submit("a", "one");
        other.calls.remove().succeed();
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one");
        assertThat(fixture.engine.get("a").join().progress().state()).isEqualTo(TransactionState.RUNNING);

        fixture.store.rows.putAll(other.store.rows);
        fixture.isLeaseHeld = false;

        assertThat(fixture.engine.get("a").join().progress().state()).isEqualTo(TransactionState.SUCCEEDED);
        assertThat(fixture.engine.view("a").join().progress().state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_transaction_with_the_maximum_of_branches_refuses_a_nested_branch() {
        EngineFixture fixture = new EngineFixture();
        Tcc.Builder tcc = Tcc.newBuilder();
        for (int i = 0; i < EngineSettings.STANDARD.maxBranches(); i++) {
            tcc.addBranches(EngineFixture.branch("b" + i, ""));
        }
        var _ = fixture.engine.accept(
                EngineFixture.submission("a", Plan.newBuilder().setTcc(tcc)));

        assertThat(fixture.engine.act("a", EngineFixture.register(EngineFixture.branch("child", "b0"))))
                .isCompletedExceptionally()
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(ExecutionException.class)
                .withMessageContaining("ENT-023");
    }

    @Test
    void parking_of_a_row_is_not_retried_after_the_incarnation_is_over() {
        EngineFixture fixture = new EngineFixture((_, _, _, _) -> {
            throw new IllegalStateException("a bug, for the test");
        });
        fixture.store.whyUnavailable = new StoreUnavailable("away, for the test", null);
        fixture.submit("a", "one");
        fixture.pass(ONE_SECOND);
        fixture.engine.abandon();
        fixture.pass(ONE_SECOND);
        int reads = fixture.store.reads;
        assertThat(reads).isPositive();

        fixture.pass(Duration.ofMinutes(1));
        assertThat(fixture.store.reads).isEqualTo(reads);
    }
}
