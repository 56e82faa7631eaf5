package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.decision.Act;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.RowWrite;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.TransactionState;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What people do stands in the audit: once, and in the commit that holds what came of it. */
class AuditTest {
    private static final Act ABORT = new Act.Abort("enough", "eve", true);

    @Test
    void an_abort_that_awaits_a_call_is_audited_with_the_decision_that_comes_of_it() {
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one", "two");
        CompletableFuture<Snapshot> aborted = fixture.engine.act("a", ABORT);
        assertThat(fixture.store.writes).isEmpty();
        fixture.calls.remove().succeed();

        assertThat(aborted)
                .isCompletedWithValueMatching(snapshot -> snapshot.progress().state() == TransactionState.UNDOING);
        fixture.calls.remove().succeed();
        assertThat(fixture.store.rows.get("a")).isInstanceOf(FinishedRow.class);
        assertThat(audits(fixture))
                .containsExactly(new AuditRecord("eve", "abort", "a", "enough", "RUNNING", "UNDOING"));
        assertThat(fixture.store.writes.getFirst().audit()).isNotNull();
    }

    @Test
    void an_abort_that_leaves_nothing_to_undo_is_audited_with_the_end() {
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one", "two");
        CompletableFuture<Snapshot> aborted = fixture.engine.act("a", ABORT);
        fixture.calls.remove().answer().accept(new Outcome.Rejected("sold out", false));
        fixture.pass(Duration.ofSeconds(1));

        assertThat(aborted)
                .isCompletedWithValueMatching(snapshot -> snapshot.progress().state() == TransactionState.ABORTED);
        assertThat(audits(fixture))
                .containsExactly(new AuditRecord("eve", "abort", "a", "enough", "RUNNING", "ABORTED"));
    }

    @Test
    void an_abort_by_the_client_is_not_audited() {
        EngineFixture fixture = new EngineFixture();
        fixture.submit("a", "one", "two");
        CompletableFuture<Snapshot> aborted = fixture.engine.act("a", new Act.Abort("enough", "shop", false));
        fixture.calls.remove().succeed();

        assertThat(aborted).isDone();
        assertThat(audits(fixture)).isEmpty();
    }

    private static List<AuditRecord> audits(EngineFixture fixture) {
        return fixture.store.writes.stream()
                .map(RowWrite::audit)
                .filter(Objects::nonNull)
                .toList();
    }
}
