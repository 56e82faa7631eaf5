package dev.entente.torture.mutants;

import dev.entente.torture.check.Checker;
import dev.entente.torture.check.Evidence;
import dev.entente.torture.load.ClientRecorder;
import dev.entente.torture.load.Commission;
import dev.entente.torture.rules.RulesJudge;
import java.util.ArrayList;
import java.util.List;

/** What the judges are given of a run in which nothing went wrong. */
public record Good(Evidence evidence, List<Commission> commissions, ClientRecorder witness) {

    /** Has both judges judge that evidence in place of its own. Returns what each of them says. */
    List<String> judged(Evidence spoilt) {
        List<String> found = new ArrayList<>();
        Checker.judge(spoilt).forEach(violation -> found.add(violation.toString()));
        found.addAll(RulesJudge.judge(commissions, spoilt, witness).accusations());
        return found;
    }
}
