package dev.entente.lab.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.lab.judge.Invariant;
import dev.entente.lab.judge.LedgerVerdict;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CrashReportTest {
    private static final Map<String, Long> EVERY_STATE = Map.of("RUNNING", 9L, "COMPLETING", 2L, "UNDOING", 3L);

    @Test
    void a_clean_run_whose_kills_hurt_has_nothing_to_complain_about() {
        assertThat(report(List.of(80L, 90L, 70L), EVERY_STATE, 1).complaints()).isEmpty();
    }

    @Test
    void a_kill_that_met_few_transactions_is_complained_about() {
        assertThat(report(List.of(80L, 49L, 70L), EVERY_STATE, 1).complaints())
                .singleElement()
                .asString()
                .contains("49");
    }

    @Test
    void a_run_that_never_met_a_state_is_complained_about() {
        assertThat(report(List.of(80L, 90L, 70L), Map.of("RUNNING", 9L, "UNDOING", 1L), 1)
                        .complaints())
                .singleElement()
                .asString()
                .contains("COMPLETING");
    }

    @Test
    void one_kill_in_three_must_fall_right_after_a_decision() {
        assertThat(report(List.of(80L, 90L, 70L), EVERY_STATE, 0).complaints())
                .singleElement()
                .asString()
                .contains("decision");
    }

    @Test
    void what_the_judge_found_is_complained_about() {
        Reckoning reckoning = new Reckoning(
                1,
                List.of(),
                new LedgerVerdict(1, 0, 0, List.of("g: was accepted and is lost")),
                List.of("told"),
                0,
                List.of(),
                List.of(new Invariant("books", false, 1)));
        assertThat(new CrashReport(reckoning, List.of(), List.of(), Map.of(), 0).complaints())
                .containsExactly("g: was accepted and is lost", "told", "books");
    }

    @Test
    void each_that_is_left_parked_is_told_with_its_reason() {
        Reckoning reckoning = new Reckoning(
                1,
                List.of(),
                new LedgerVerdict(0, 0, 0, List.of()),
                List.of(),
                0,
                List.of("crash-7: UNDO_EXHAUSTED: pay"),
                List.of());
        CrashReport report = new CrashReport(reckoning, List.of(), List.of(), Map.of(), 0);
        assertThat(report.toText()).contains("parked crash-7: UNDO_EXHAUSTED: pay");
        assertThat(report.toJson()).contains("crash-7: UNDO_EXHAUSTED: pay");
    }

    private static CrashReport report(List<Long> openAtKill, Map<String, Long> openByState, long decisionKills) {
        Reckoning clean = new Reckoning(
                100, List.of(), new LedgerVerdict(0, 0, 0, List.of()), List.of(), 0, List.of(), List.of());
        return new CrashReport(clean, List.of(), openAtKill, openByState, decisionKills);
    }
}
