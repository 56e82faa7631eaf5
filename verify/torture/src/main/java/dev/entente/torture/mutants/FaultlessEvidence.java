package dev.entente.torture.mutants;

import dev.entente.torture.check.Checker;
import dev.entente.torture.check.Evidence;
import dev.entente.torture.load.ClientRecorder;
import dev.entente.torture.load.RequestedTransaction;
import dev.entente.torture.rules.ReferenceChecker;
import java.util.ArrayList;
import java.util.List;

/** The evidence for the checkers from a run without a fault. */
public record FaultlessEvidence(Evidence evidence, List<RequestedTransaction> requests, ClientRecorder recorder) {

    /** Lets both checkers check this evidence in place of the run's own. Returns the findings of both. */
    List<String> judged(Evidence falsified) {
        List<String> found = new ArrayList<>();
        Checker.judge(falsified).forEach(violation -> found.add(violation.toString()));
        found.addAll(ReferenceChecker.judge(requests, falsified, recorder).ruleViolations());
        return found;
    }
}
