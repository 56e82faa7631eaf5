package dev.entente.torture.mutants;

import dev.entente.torture.check.Checker;
import dev.entente.torture.check.Evidence;
import dev.entente.torture.load.ClientRecorder;
import dev.entente.torture.load.RequestedTransaction;
import dev.entente.torture.rules.RulesJudge;
import java.util.ArrayList;
import java.util.List;

/** The evidence for the checkers from a run without a fault. */
public record FaultlessEvidence(Evidence evidence, List<RequestedTransaction> commissions, ClientRecorder witness) {

    /** Lets both checkers check this evidence in place of the run's own. Returns the findings of both. */
    List<String> judged(Evidence spoilt) {
        List<String> found = new ArrayList<>();
        Checker.judge(spoilt).forEach(violation -> found.add(violation.toString()));
        found.addAll(RulesJudge.judge(commissions, spoilt, witness).accusations());
        return found;
    }
}
