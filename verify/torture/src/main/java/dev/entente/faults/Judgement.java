package dev.entente.faults;

import dev.entente.faults.check.Checker;
import dev.entente.faults.check.Evidence;
import dev.entente.faults.check.Violation;
import dev.entente.faults.load.Commission;
import dev.entente.faults.load.Job;
import dev.entente.faults.load.Load;
import dev.entente.faults.rules.RulesJudge;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The verdicts of the two judges about a run.
 *
 * @param violations the checker's
 * @param reference the reference's
 */
record Judgement(Evidence evidence, List<Violation> violations, RulesJudge.Verdict reference) {
    /** One in so many may stay unread; of more the run would say too little. */
    private static final int MOST_UNREAD = 20;

    static Judgement of(EvidenceCollector.Findings findings, Load load) {
        List<Commission> commissions = load.jobs().stream()
                .map(Job::commission)
                .filter(Objects::nonNull)
                .toList();
        return new Judgement(
                findings.evidence(),
                Checker.judge(findings.evidence()),
                RulesJudge.judge(commissions, findings.evidence(), findings.testimony(), load.witness()));
    }

    List<String> complaints() {
        List<String> complaints = new ArrayList<>();
        violations.forEach(violation -> complaints.add(violation.toString()));
        reference.accusations().forEach(accusation -> complaints.add("reference " + accusation));
        return complaints;
    }

    /** The same with what no client should ever have met, and with what could not be read. */
    List<String> complaints(List<String> surprises) {
        List<String> complaints = complaints();
        surprises.forEach(surprise -> complaints.add("a client met what it never should: " + surprise));
        long unread = evidence.dossiers().stream()
                .filter(dossier -> !dossier.isRead())
                .count();
        if (unread > evidence.dossiers().size() / MOST_UNREAD) {
            complaints.add(unread + " of " + evidence.dossiers().size()
                    + " transactions could not be read in the end: the run says nothing about them");
        }
        return complaints;
    }
}
