package dev.entente.faults.check;

import static java.util.stream.Collectors.groupingBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Judges a run: each transaction by itself, then the books. */
public final class Checker {
    /** How far the ledgers' clocks and the coordinators' database's may be apart. */
    public static final long CLOCKS_MILLIS = 1000;

    private Checker() {}

    /** Everything that must not be, in no particular order; empty if all is well. */
    public static List<Violation> judge(Evidence evidence) {
        List<Violation> violations = new ArrayList<>();
        List<Case> cases = cases(evidence);
        LaneCheck lanes = new LaneCheck(cases, CLOCKS_MILLIS);
        for (Case one : cases) {
            if (!one.dossier().isStated()) {
                violations.addAll(AnswerCheck.judge(one, lanes.waits(one)));
                violations.addAll(Effects.judge(one));
                violations.addAll(Orders.judge(one, CLOCKS_MILLIS));
                violations.addAll(Messages.judge(one));
                violations.addAll(Receipts.judge(one));
            }
            violations.addAll(Fences.judge(one));
            violations.addAll(Histories.judge(one));
        }
        violations.addAll(lanes.judge());
        violations.addAll(Money.judge(cases, evidence));
        return violations;
    }

    private static List<Case> cases(Evidence evidence) {
        Map<String, List<ClientAnswer>> told = evidence.told().stream().collect(groupingBy(ClientAnswer::gid));
        Map<String, List<LedgerCall>> calls = evidence.calls().stream().collect(groupingBy(LedgerCall::gid));
        Map<String, List<LedgerAnswer>> answers = evidence.answers().stream().collect(groupingBy(LedgerAnswer::gid));
        Map<String, List<LedgerEffect>> effects = evidence.effects().stream().collect(groupingBy(LedgerEffect::gid));
        Map<String, TransactionReport> dossiers = new HashMap<>();
        evidence.dossiers().forEach(dossier -> dossiers.put(dossier.gid(), dossier));
        return evidence.shapes().stream()
                .map(shape -> new Case(
                        shape,
                        told.getOrDefault(shape.gid(), List.of()),
                        calls.getOrDefault(shape.gid(), List.of()),
                        answers.getOrDefault(shape.gid(), List.of()),
                        effects.getOrDefault(shape.gid(), List.of()),
                        dossiers.getOrDefault(shape.gid(), TransactionReport.unknown(shape.gid()))))
                .toList();
    }
}
