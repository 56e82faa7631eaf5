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
 * @param surprises answers that no client should receive
 */
record CrashReport(long accepted, List<String> surprises, Judgement judgement, KillCycles.Toll toll)
        implements RunFindings {
    @Override
    public List<String> complaints() {
        return judgement.complaints(surprises);
    }

    private long lost() {
        return violations(Rule.ACCEPTED_ENDS);
    }

    private long duplicateEffects() {
        return violations(Rule.ONCE);
    }

    /** Returns the number of all other findings. */
    private long contradictions() {
        return judgement.violations().size()
                + judgement.reference().accusations().size()
                - lost()
                - duplicateEffects();
    }

    private long violations(Rule rule) {
        return judgement.violations().stream()
                .filter(violation -> violation.rule() == rule)
                .count();
    }

    private List<String> parked() {
        return judgement.evidence().dossiers().stream()
                .filter(dossier -> dossier.standing() == ReportedState.PARKED)
                .map(dossier -> dossier.gid() + ": " + dossier.parkedBecause())
                .toList();
    }

    private long standing(ReportedState standing) {
        return judgement.evidence().dossiers().stream()
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
                "open_at_kill", toll.openAtKill(),
                "open_by_state", toll.openByState(),
                "decision_kills", toll.decisionKills(),
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
                        toll.openAtKill(),
                        toll.openByState(),
                        toll.decisionKills(),
                        lost(),
                        contradictions(),
                        duplicateEffects());
    }
}
