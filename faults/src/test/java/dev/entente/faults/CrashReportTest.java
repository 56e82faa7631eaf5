package dev.entente.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.faults.check.Evidence;
import dev.entente.faults.check.Rule;
import dev.entente.faults.check.Standing;
import dev.entente.faults.check.TransactionReport;
import dev.entente.faults.check.Violation;
import dev.entente.faults.rules.RulesJudge;
import dev.entente.rig.KillCycles;
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
    void what_the_judges_and_clients_found_is_complained_about() {
        Judgement judgement = judgement(
                List.of(),
                List.of(
                        new Violation(Rule.ACCEPTED_ENDS, "g", "was accepted and is lost"),
                        new Violation(Rule.ONCE, "h", "twice"),
                        new Violation(Rule.MONEY, "", "one cent is gone")));
        CrashReport report = new CrashReport(1, List.of("told"), judgement, toll(List.of(), Map.of(), 0));
        assertThat(report.complaints())
                .containsExactly(
                        "accepted-ends g: was accepted and is lost",
                        "once h: twice",
                        "money: one cent is gone",
                        "reference i: undone twice",
                        "a client met what it never should: told");
        assertThat(report.toText()).contains("lost 1, contradictions 2, duplicate effects 1");
    }

    @Test
    void each_that_is_left_parked_is_told_with_its_reason() {
        TransactionReport parked = new TransactionReport(
                "crash-7", Standing.PARKED, "UNDOING", "UNDO_EXHAUSTED", false, Map.of(), List.of());
        CrashReport report =
                new CrashReport(1, List.of(), judgement(List.of(parked), List.of()), toll(List.of(), Map.of(), 0));
        assertThat(report.toText()).contains("parked crash-7: UNDO_EXHAUSTED");
        assertThat(report.toJson()).contains("crash-7: UNDO_EXHAUSTED");
    }

    private static Judgement judgement(List<TransactionReport> dossiers, List<Violation> violations) {
        Evidence evidence = new Evidence(List.of(), List.of(), List.of(), List.of(), dossiers, List.of());
        List<String> accusations = violations.isEmpty() ? List.of() : List.of("i: undone twice");
        return new Judgement(evidence, violations, new RulesJudge.Verdict(1, accusations));
    }

    private static KillCycles.Toll toll(List<Long> openAtKill, Map<String, Long> openByState, long decisionKills) {
        return new KillCycles.Toll(List.of(), openAtKill, openByState, decisionKills);
    }

    private static CrashReport report(List<Long> openAtKill, Map<String, Long> openByState, long decisionKills) {
        return new CrashReport(
                100, List.of(), judgement(List.of(), List.of()), toll(openAtKill, openByState, decisionKills));
    }
}
