package dev.entente.torture;

import dev.entente.rig.Json;
import dev.entente.rig.KillCycles;
import dev.entente.torture.check.ReportedState;
import dev.entente.torture.check.Rule;
import dev.entente.torture.check.TransactionReport;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The findings of a run in which only the coordinator was killed.
 *
 * @param accepted transactions that are durable according to an answer to their client
 * @param anomalies answers that no client should receive
 */
record CrashReport(long accepted, List<String> anomalies, CheckResults checkResults, KillCycles.KillStates killStates)
        implements RunFindings {
    @Override
    public List<String> complaints() {
        return checkResults.complaints(anomalies);
    }

    private long lost() {
        return violations(Rule.ACCEPTED_ENDS);
    }

    private long duplicateEffects() {
        return violations(Rule.ONCE);
    }

    /** Returns the number of all other findings. */
    private long contradictions() {
        return checkResults.violations().size()
                + checkResults.reference().ruleViolations().size()
                - lost()
                - duplicateEffects();
    }

    private long violations(Rule rule) {
        return checkResults.violations().stream()
                .filter(violation -> violation.rule() == rule)
                .count();
    }

    private List<String> parked() {
        return checkResults.evidence().txReports().stream()
                .filter(txReport -> txReport.standing() == ReportedState.PARKED)
                .map(txReport -> txReport.gid() + ": " + txReport.parkedBecause())
                .toList();
    }

    private long standing(ReportedState standing) {
        return checkResults.evidence().txReports().stream()
                .map(TransactionReport::standing)
                .filter(standing::equals)
                .count();
    }

    @Override
    public String toJson() {
        return Json.pretty(Json.object(
                "accepted", accepted,
                "succeeded", standing(ReportedState.SUCCEEDED),
                "aborted", standing(ReportedState.ABORTED),
                "parked", parked().size(),
                "parked_because", parked(),
                "open_at_kill", killStates.openAtKill(),
                "open_by_state", killStates.openByState(),
                "decision_kills", killStates.decisionKills(),
                "lost", lost(),
                "contradictions", contradictions(),
                "duplicate_effects", duplicateEffects()));
    }

    @Override
    public String toText() {
        return """
            accepted %d: %d succeeded, %d aborted, %d parked%s
            open at each kill: %s (by durable state: %s)
            kills between a decision and its first completion or undo: %d
            lost %d, contradictions %d, duplicate effects %d\
            """.formatted(
                        accepted,
                        standing(ReportedState.SUCCEEDED),
                        standing(ReportedState.ABORTED),
                        parked().size(),
                        parked().stream().map(why -> "\n  parked " + why).collect(Collectors.joining()),
                        killStates.openAtKill(),
                        killStates.openByState(),
                        killStates.decisionKills(),
                        lost(),
                        contradictions(),
                        duplicateEffects());
    }
}
