package dev.entente.torture.check;

import static java.util.stream.Collectors.groupingBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The checks of a run: each transaction by itself, then the ledgers' totals. */
public final class Checker {
    /** The maximum difference between the ledgers' clocks and the clock of the coordinators' database. */
    public static final long CLOCKS_MILLIS = 1000;

    private Checker() {}

    /** Returns all violations, in no particular order; empty if all checks passed. */
    public static List<Violation> judge(Evidence evidence) {
        List<Violation> found = new ArrayList<>();
        List<TransactionEvidence> cases = cases(evidence, found);
        QueueOrderCheck queues = new QueueOrderCheck(cases, CLOCKS_MILLIS);
        for (TransactionEvidence one : cases) {
            if (!one.txReport().isStated()) {
                AnswerCheck.judge(one, queues.waits(one));
                Effects.judge(one);
                CallOrder.judge(one, CLOCKS_MILLIS);
                Messages.judge(one);
                Receipts.judge(one);
            }
            Fences.judge(one);
            Histories.judge(one);
        }
        queues.judge();
        Money.judge(cases, evidence, found);
        return found;
    }

    private static List<TransactionEvidence> cases(Evidence evidence, List<Violation> found) {
        Map<String, List<ClientAnswer>> reported = evidence.reported().stream().collect(groupingBy(ClientAnswer::gid));
        Map<String, List<LedgerCall>> calls = evidence.calls().stream().collect(groupingBy(LedgerCall::gid));
        Map<String, List<LedgerAnswer>> answers = evidence.answers().stream().collect(groupingBy(LedgerAnswer::gid));
        Map<String, List<LedgerEffect>> effects = evidence.effects().stream().collect(groupingBy(LedgerEffect::gid));
        Map<String, TransactionReport> txReports = new HashMap<>();
        evidence.txReports().forEach(txReport -> txReports.put(txReport.gid(), txReport));
        return evidence.shapes().stream()
                .map(shape -> new TransactionEvidence(
                        shape,
                        reported.getOrDefault(shape.gid(), List.of()),
                        calls.getOrDefault(shape.gid(), List.of()),
                        answers.getOrDefault(shape.gid(), List.of()),
                        effects.getOrDefault(shape.gid(), List.of()),
                        txReports.getOrDefault(shape.gid(), TransactionReport.unknown(shape.gid())),
                        found))
                .toList();
    }
}
