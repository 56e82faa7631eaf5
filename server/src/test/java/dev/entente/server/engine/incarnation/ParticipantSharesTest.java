package dev.entente.server.engine.incarnation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.decision.Decider;
import dev.entente.core.transaction.Outcome;
import dev.entente.server.engine.EngineFixture;
import dev.entente.server.engine.EngineSettings;
import dev.entente.server.engine.FakeMembership;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Verifies that the transactions of a participant that hangs use at most its share of the memory. */
final class ParticipantSharesTest {
    private static final int LIMIT = 10;
    private static final String HUNG = "hung";
    private static final String WELL = "well";

    private final EngineFixture fixture = new EngineFixture(
            new Decider(), EngineSettings.STANDARD.holding(LIMIT, EngineSettings.STANDARD.maxOpenBytes(), 0.5));
    private final Claims claims = new Claims(
            fixture.engine.intake(), fixture.store, new FakeMembership(), fixture.environment, fixture.settings);

    @BeforeEach
    void startClaims() {
        var _ = claims.start();
    }

    @AfterEach
    void stopClaims() {
        claims.close();
    }

    @Test
    void other_transactions_finish_while_a_participant_hangs_and_its_own_finish_later() {
        submit(HUNG, "h", 30, null);
        assertThat(fixture.engine.intake().memory().open()).as("alone").isEqualTo(LIMIT);
        fixture.pass(Duration.ofSeconds(1));

        submit(WELL, "w", 100, null);
        for (int i = 0; i < 100; i++) {
            answer(WELL);
            fixture.pass(Duration.ofMillis(100));
        }

        assertThat(ended("w")).isEqualTo(100);
        assertThat(ended("h")).isZero();
        for (int i = 0; i < 100; i++) {
            answer(HUNG);
            fixture.pass(Duration.ofMillis(100));
        }
        assertThat(ended("h")).isEqualTo(30);
        assertThat(fixture.store.heldBackBy).isEmpty();
    }

    @Test
    void transactions_beyond_a_participants_share_rest_under_its_name() {
        submit(WELL, "w", 1, null);
        submit(HUNG, "h", 30, null);

        assertThat(fixture.store.heldBackBy).hasSize(25).containsValue(HUNG);
        assertThat(fixture.engine.intake().memory().open()).isEqualTo(6);
        OpenRow resting =
                fixture.store.open(fixture.store.heldBackBy.keySet().iterator().next());
        assertThat(resting.owner()).isNull();
        assertThat(resting.dueAt()).isAfter(EngineFixture.NOON.plus(Duration.ofMinutes(5)));
    }

    @Test
    void a_transaction_held_back_for_lack_of_capacity_is_due_at_its_deadline() {
        submit(WELL, "w", 1, null);
        submit(HUNG, "h", 30, Duration.ofSeconds(40));

        for (String gid : fixture.store.heldBackBy.keySet()) {
            assertThat(fixture.store.open(gid).dueAt()).isEqualTo(EngineFixture.NOON.plusSeconds(40));
        }
    }

    @Test
    void a_transaction_held_back_for_lack_of_capacity_is_called_when_claimed() {
        submit(WELL, "w", 1, null);
        submit(HUNG, "h", 6, null);
        assertThat(fixture.store.heldBackBy).hasSize(1);

        answer(HUNG);
        answer(WELL);
        fixture.pass(Duration.ofSeconds(1));

        assertThat(fixture.calls).hasSize(1);
        assertThat(fixture.calls.getFirst().call().attempt()).isEqualTo(1);
    }

    @Test
    void rows_with_unsent_calls_leave_memory_and_are_claimed_again() {
        submit(HUNG, "h", 4, null);
        for (EngineFixture.Open call : take(HUNG)) {
            call.answer().accept(new Outcome.NotSent("256 calls were in flight the whole time", Duration.ofSeconds(1)));
        }

        assertThat(fixture.engine.intake().memory().open()).isLessThanOrEqualTo(2);
        assertThat(fixture.store.heldBackBy).hasSizeGreaterThanOrEqualTo(2);
        fixture.pass(Duration.ofSeconds(3));
        assertThat(fixture.engine.intake().memory().open()).as("claimed again").isEqualTo(4);
        assertThat(take(HUNG)).hasSize(4);
    }

    @Test
    void waiting_calls_beyond_the_share_of_a_participant_are_recalled() {
        submit(HUNG, "h", LIMIT, null);
        List<EngineFixture.Open> waiting = take(HUNG);
        assertThat(waiting).allMatch(call -> call.call().permit().mayWait());

        submit(WELL, "w", 1, null);
        fixture.pass(Duration.ofSeconds(1));

        List<EngineFixture.Open> recalled = new ArrayList<>(waiting);
        recalled.removeIf(call -> call.call().permit().mayWait());
        assertThat(recalled).hasSize(LIMIT / 2);
        assertThat(waiting).allMatch(call -> call.call().permit().mayLeave());
    }

    @Test
    void rows_held_back_by_another_participant_also_request_capacity() {
        submit(WELL, "w", 1, null);
        submit(HUNG, "h", 6, null);
        fixture.store.heldBackBy.replaceAll((gid, participant) -> "back");
        answer(WELL);
        answer(HUNG);
        fixture.store.isHeldBackHidden = true;
        fixture.pass(Duration.ofSeconds(11));
        submit(HUNG, "again", LIMIT, null);
        assertThat(fixture.engine.intake().memory().open()).as("alone").isEqualTo(LIMIT);
        fixture.store.isHeldBackHidden = false;

        fixture.pass(Duration.ofSeconds(1));

        assertThat(fixture.store.heldBackBy).as("it was claimed").doesNotContainValue("back");
    }

    @Test
    void a_participant_is_also_limited_to_its_share_of_the_bytes() {
        int budget = 10 << 20;
        EngineFixture heavy = new EngineFixture(new Decider(), EngineSettings.STANDARD.holding(budget));
        var _ = heavy.engine.accept(EngineFixture.at(WELL, "w", null));
        for (int i = 0; i < 20; i++) {
            var _ = heavy.engine.accept(EngineFixture.heavy("h" + i, 1 << 20));
        }

        assertThat(heavy.engine.intake().memory().heldBytes()).isLessThan(7L << 20);
        assertThat(heavy.store.heldBackBy).hasSizeGreaterThanOrEqualTo(13);
    }

    private void submit(String participant, String prefix, int count, @Nullable Duration deadline) {
        for (int i = 0; i < count; i++) {
            var _ = fixture.engine.accept(EngineFixture.at(participant, prefix + i, deadline));
        }
    }

    private void answer(String participant) {
        take(participant).forEach(call -> call.answer().accept(new Outcome.Succeeded(ByteString.EMPTY)));
    }

    private List<EngineFixture.Open> take(String participant) {
        List<EngineFixture.Open> calls = fixture.calls.stream()
                .filter(call -> call.call().target().participant().equals(participant))
                .toList();
        fixture.calls.removeAll(calls);
        return calls;
    }

    private long ended(String prefix) {
        return fixture.store.rows.values().stream()
                .filter(row -> row instanceof FinishedRow && row.gid().startsWith(prefix))
                .count();
    }
}
