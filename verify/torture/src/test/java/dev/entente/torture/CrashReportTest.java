package dev.entente.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.rig.KillCycles;
import dev.entente.torture.check.Evidence;
import dev.entente.torture.check.ReportedState;
import dev.entente.torture.check.Rule;
import dev.entente.torture.check.TransactionReport;
import dev.entente.torture.check.Violation;
import dev.entente.torture.rules.ReferenceChecker;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CrashReportTest {
    private static final KillCycles.KillStates KILL_STATES =
            new KillCycles.KillStates(List.of(49L), Map.of("RUNNING", 49L), 0);

    @Test
    void kills_with_few_open_transactions_are_reported_and_are_no_complaint() {
        CrashReport report = new CrashReport(100, List.of(), checkResults(List.of(), List.of()), KILL_STATES);
        assertThat(report.complaints()).isEmpty();
        assertThat(report.toText()).contains("open at each kill: [49] (by durable state: {RUNNING=49})");
    }

    @Test
    void findings_of_checkers_and_clients_are_complaints() {
        CheckResults checkResults = checkResults(
                List.of(),
                List.of(
                        new Violation(Rule.ACCEPTED_ENDS, "g", "was accepted and is lost"),
                        new Violation(Rule.ONCE, "h", "twice"),
                        new Violation(Rule.MONEY, "", "one cent is gone")));
        CrashReport report = new CrashReport(1, List.of("told"), checkResults, KILL_STATES);
        assertThat(report.complaints())
                .containsExactly(
                        "accepted-ends g: was accepted and is lost",
                        "once h: twice",
                        "money: one cent is gone",
                        "reference i: undone twice",
                        "unexpected result of a client: told");
        assertThat(report.toText()).contains("lost 1, contradictions 2, duplicate effects 1");
    }

    @Test
    void each_parked_transaction_is_reported_with_its_reason() {
        TransactionReport parked = new TransactionReport(
                "crash-7", 1, ReportedState.PARKED, "UNDOING", "UNDO_EXHAUSTED", false, Map.of(), List.of());
        CrashReport report = new CrashReport(1, List.of(), checkResults(List.of(parked), List.of()), KILL_STATES);
        assertThat(report.toText()).contains("parked crash-7: UNDO_EXHAUSTED");
        assertThat(report.toJson()).contains("crash-7: UNDO_EXHAUSTED");
    }

    private static CheckResults checkResults(List<TransactionReport> txReports, List<Violation> violations) {
        Evidence evidence = new Evidence(List.of(), List.of(), List.of(), List.of(), List.of(), txReports, List.of());
        List<String> ruleViolations = violations.isEmpty() ? List.of() : List.of("i: undone twice");
        return new CheckResults(evidence, violations, new ReferenceChecker.Verdict(1, ruleViolations));
    }
}
