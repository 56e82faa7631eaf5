package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.entente.core.decision.Replay;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoreFailure;
import dev.entente.server.store.StoredTransaction;
import dev.entente.stored.v1.Progress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A parked transaction with unreadable bytes: an operator can only force its final state. */
class DamagedRowTest {
    private final EngineFixture fixture = new EngineFixture();

    @BeforeEach
    void park() {
        fixture.submit("a", "one");
        fixture.calls.remove().answer().accept(new Outcome.Misconfigured("no such method", false));
        assertThat(fixture.store.open("a").parked()).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_damaged_row_is_force_finished_from_its_columns(boolean isPlanDamaged) {
        fixture.store.damage("a", isPlanDamaged);

        Snapshot answer = fixture.engine.act("a", EngineFixture.abortByForce()).join();

        assertThat(answer.progress().state()).isEqualTo(TransactionState.ABORTED);
        assertThat(fixture.store.rows.get("a")).isInstanceOf(FinishedRow.class);
        Snapshot ended = fixture.engine.get("a").join();
        assertThat(ended.progress().state()).isEqualTo(TransactionState.ABORTED);
        assertThat(ended.progress().isForced()).isTrue();
        assertThat(ended.plan().name()).isEqualTo("test");
        assertThat(ended.plan().branches()).isEmpty();
        assertThat(ended.progress().history().events())
                .extracting(HistoryEvent::kind)
                .containsExactly(HistoryKind.ACCEPTED, HistoryKind.PARKED, HistoryKind.FINISHED);
        assertThat(Replay.of(ended.plan(), ended.progress()).firstDifference()).isNull();
        assertThat(fixture.store.writes.getLast().audit())
                .isEqualTo(new AuditRecord("eve", "force-finish", "a", "enough", "PARKED", "ABORTED, forced"));
    }

    @Test
    void a_row_parked_as_unreadable_can_be_force_finished() {
        fixture.store.damage("a", false);
        fixture.engine.intake().opening().install(fixture.store.claim("a", null), true);
        Parked mark = Objects.requireNonNull(fixture.store.open("a").parked());
        assertThat(mark.reason()).isEqualTo(ParkReason.UNREADABLE_ROW);

        fixture.engine.act("a", EngineFixture.abortByForce()).join();

        assertThat(fixture.store.rows.get("a")).isInstanceOf(FinishedRow.class);
        assertThat(fixture.engine.intake().memory().open()).isZero();
    }

    @Test
    void a_parked_damaged_row_continues_after_its_bytes_are_restored() {
        ByteString before = Objects.requireNonNull(fixture.store.open("a").progress());
        fixture.store.damage("a", false);
        ByteString damaged = fixture.store.open("a").progress();
        fixture.engine.intake().opening().install(fixture.store.claim("a", null), true);
        OpenRow parked = fixture.store.open("a");
        assertThat(Objects.requireNonNull(parked.parked()).reason()).isEqualTo(ParkReason.UNREADABLE_ROW);
        assertThat(parked.progress()).isEqualTo(damaged);

        fixture.store.progress("a", before);
        CompletableFuture<Snapshot> retried =
                fixture.engine.act("a", new TransactionRequest.Retry("eve", "restored", 0));
        fixture.pass(Duration.ofSeconds(1));
        assertThat(retried).isCompleted();
        fixture.calls.remove().succeed();
        assertThat(fixture.store.rows.get("a")).isInstanceOf(FinishedRow.class);
    }

    @Test
    void a_damaged_row_does_not_block_the_takeover_of_another_row() {
        fixture.submit("b", "one");
        fixture.calls.clear();
        fixture.store.damage("a", true);

        fixture.engine.intake().opening().install(fixture.store.claim("a", null), true);
        fixture.engine.intake().opening().install(fixture.store.claim("b", FakeStore.ME), true);

        fixture.calls.remove().succeed();
        assertThat(fixture.store.rows.get("b")).isInstanceOf(FinishedRow.class);
    }

    @Test
    void a_retry_of_a_damaged_row_is_refused_with_a_hint_to_force_finish() {
        fixture.store.damage("a", true);
        StoredTransaction before = fixture.store.open("a");

        assertThat(refusal(new TransactionRequest.Retry("eve", "fixed", 0)))
                .hasMessageContaining("damaged")
                .hasMessageContaining("force-finish");
        assertThat(fixture.store.rows.get("a")).isEqualTo(before);
    }

    @Test
    void a_force_finish_of_a_row_in_a_newer_format_is_refused() {
        fixture.store.renew("a");
        StoredTransaction before = fixture.store.open("a");

        assertThat(refusal(EngineFixture.abortByForce(), ErrorCode.OWNER_UNREACHABLE))
                .hasMessageContaining("supports this format");
        assertThat(fixture.store.rows.get("a")).isEqualTo(before);
    }

    @Test
    void a_row_with_an_unknown_state_code_is_released_for_newer_coordinators() {
        assertThat(fixture.engine.act("a", new TransactionRequest.Retry("eve", "fixed", 0)))
                .isNotNull();
        fixture.pass(Duration.ofSeconds(1));
        OpenRow held = fixture.store.claim("a", FakeStore.ME);
        ByteString newer = Objects.requireNonNull(held.progress())
                .concat(Progress.newBuilder().setState(99).build().toByteString());
        fixture.store.progress("a", newer);

        fixture.engine.intake().opening().install(fixture.store.claim("a", FakeStore.ME), true);

        OpenRow released = fixture.store.open("a");
        assertThat(released.owner()).isNull();
        assertThat(released.parked()).isNull();
        assertThat(released.dueAt()).isNotNull();
        assertThat(released.format()).isEqualTo(PlanCodec.format() + 1);
        assertThat(released.progress()).isEqualTo(newer);
    }

    @Test
    void a_transaction_parked_by_a_defect_has_no_due_time_and_continues_after_a_retry() {
        fixture.submit("b", "one");
        fixture.store.whyNotWritten = new StoreFailure("a trigger refuses it", new IllegalStateException());
        fixture.calls.remove().succeed();
        fixture.store.whyNotWritten = null;
        fixture.pass(Duration.ofHours(1));
        Snapshot parked = fixture.engine.get("b").join();
        assertThat(Objects.requireNonNull(parked.progress().parked()).reason()).isEqualTo(ParkReason.DEFECT);
        assertThat(parked.dueAt()).isNull();

        CompletableFuture<Snapshot> retried =
                fixture.engine.act("b", new TransactionRequest.Retry("eve", "the trigger is gone", 0));
        fixture.pass(Duration.ofSeconds(1));
        assertThat(retried).isCompleted();
        fixture.calls.remove().succeed();
        assertThat(fixture.store.rows.get("b")).isInstanceOf(FinishedRow.class);
    }

    private Refusal refusal(TransactionRequest act) {
        return refusal(act, ErrorCode.ACT_IMPOSSIBLE);
    }

    private Refusal refusal(TransactionRequest act, ErrorCode code) {
        CompletionException failed = catchThrowableOfType(
                CompletionException.class, () -> fixture.engine.act("a", act).join());
        Refusal refusal = (Refusal) Objects.requireNonNull(failed.getCause());
        assertThat(refusal.code()).isEqualTo(code);
        return refusal;
    }
}
