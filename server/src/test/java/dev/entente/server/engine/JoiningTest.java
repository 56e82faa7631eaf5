package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.RowWrite;
import dev.entente.v1.Plan;
import dev.entente.v1.Tcc;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A participant registers a nested branch during a try that an operation waits for. */
class JoiningTest {
    @Test
    void only_a_try_call_carries_a_join_token() {
        EngineFixture fixture = tryInFlight();
        fixture.submit("saga", "one");
        fixture.calls.element().succeed();

        assertThat(fixture.everCalled)
                .extracting(BranchCall::op, BranchCall::join)
                .containsExactly(tuple("try", "joins debit of a"), tuple("action", null), tuple("confirm", null));
    }

    @Test
    void a_branch_joins_while_a_force_finish_waits() {
        EngineFixture fixture = tryInFlight();
        CompletableFuture<Snapshot> ended = fixture.engine.act("a", EngineFixture.abortByForce());
        assertThat(ended).isNotDone();

        assertThat(fixture.engine.act("a", join())).isCompleted();
        assertThat(ended).isNotDone();
        fixture.calls.remove().succeed();

        assertThat(ended)
                .isCompletedWithValueMatching(snapshot -> snapshot.progress().state() == TransactionState.ABORTED);
        assertThat(ended.join().plan().indexOf("debit/fee")).isEqualTo(1);
        assertThat(fixture.calls).isEmpty();
    }

    @Test
    void a_park_completes_at_once_while_an_abort_waits() {
        EngineFixture fixture = tryInFlight();
        CompletableFuture<Snapshot> aborted =
                fixture.engine.act("a", new TransactionRequest.Abort("enough", "eve", true, 0));
        CompletableFuture<Snapshot> parked = fixture.engine.act("a", EngineFixture.park("hold on"));

        assertThat(aborted).isNotDone();
        assertThat(parked.join().progress().isParkedByOperator()).isTrue();
        fixture.calls.remove().succeed();
        fixture.pass(Duration.ofSeconds(1));

        assertThat(aborted)
                .isCompletedWithValueMatching(snapshot -> snapshot.progress().state() == TransactionState.UNDOING);
        assertThat(fixture.store.open("a").parked()).isNotNull();
        assertThat(fixture.calls).isEmpty();
    }

    @Test
    void an_abort_decided_while_a_park_is_written_is_audited_after_the_park() {
        EngineFixture fixture = tryInFlight();
        CompletableFuture<Snapshot> aborted =
                fixture.engine.act("a", new TransactionRequest.Abort("enough", "eve", true, 0));
        fixture.store.isHoldingBack = true;
        CompletableFuture<Snapshot> parked = fixture.engine.act("a", EngineFixture.park("hold on"));
        fixture.calls.remove().succeed();
        fixture.store.isHoldingBack = false;
        fixture.store.answer();
        fixture.pass(Duration.ofSeconds(1));

        assertThat(parked).isCompleted();
        assertThat(aborted).isCompleted();
        assertThat(fixture.store.writes.stream().map(RowWrite::audit).filter(Objects::nonNull))
                .extracting(AuditRecord::act)
                .containsExactly("park", "abort");
    }

    @Test
    void operations_queued_behind_a_delayed_abort_keep_waiting_while_a_branch_joins() {
        EngineFixture fixture = tryInFlight();
        CompletableFuture<Snapshot> aborted =
                fixture.engine.act("a", new TransactionRequest.Abort("enough", "eve", true, 0));
        CompletableFuture<Snapshot> retried = fixture.engine.act("a", new TransactionRequest.Retry("eve", "now", 0));

        assertThat(fixture.engine.act("a", join())).isCompleted();
        assertThat(retried).isNotDone();
        fixture.calls.remove().succeed();
        fixture.pass(Duration.ofSeconds(2));

        assertThat(aborted).isCompleted();
        assertThat(retried).isCompleted();
    }

    @Test
    void an_abort_decided_while_a_branch_joins_is_audited_with_its_decision() {
        EngineFixture fixture = tryInFlight();
        CompletableFuture<Snapshot> aborted =
                fixture.engine.act("a", new TransactionRequest.Abort("enough", "eve", true, 0));
        fixture.store.isHoldingBack = true;
        CompletableFuture<Snapshot> joined = fixture.engine.act("a", join());
        fixture.store.answers.remove().run();
        assertThat(fixture.store.writes).as("the branch").hasSize(1);

        fixture.calls.remove().succeed();
        fixture.store.isHoldingBack = false;
        fixture.store.answer();

        assertThat(joined).isCompleted();
        assertThat(aborted)
                .isCompletedWithValueMatching(snapshot -> snapshot.progress().state() == TransactionState.UNDOING);
        assertThat(fixture.store.writes)
                .extracting(RowWrite::audit)
                .containsExactly(null, new AuditRecord("eve", "abort", "a", "enough", "RUNNING", "UNDOING"));
        assertThat(fixture.calls.remove().call().branch()).isEqualTo("debit/fee");
    }

    /** Returns an engine with a TCC transaction, the only try of which is in flight. */
    private static EngineFixture tryInFlight() {
        EngineFixture fixture = new EngineFixture();
        Tcc.Builder tcc = Tcc.newBuilder().addBranches(EngineFixture.branch("debit", ""));
        var _ = fixture.engine.accept(
                EngineFixture.submission("a", Plan.newBuilder().setTcc(tcc)));
        return fixture;
    }

    private static TransactionRequest join() {
        return EngineFixture.register(EngineFixture.branch("fee", "debit"));
    }
}
