package dev.entente.torture.check;

import java.util.List;
import java.util.Set;

/** The complete evidence for the checkers. */
public record Evidence(
        List<Shape> shapes,
        List<ClientAnswer> reported,
        List<LedgerCall> calls,
        List<LedgerAnswer> answers,
        List<LedgerEffect> effects,
        List<TransactionReport> txReports,
        List<LedgerTotals> books) {
    public Evidence {
        shapes = List.copyOf(shapes);
        reported = List.copyOf(reported);
        calls = List.copyOf(calls);
        answers = List.copyOf(answers);
        effects = List.copyOf(effects);
        txReports = List.copyOf(txReports);
        books = List.copyOf(books);
    }

    /** Returns the transactions with one of these states. */
    public List<String> gids(Set<ReportedState> standings) {
        return txReports.stream()
                .filter(txReport -> standings.contains(txReport.standing()))
                .map(TransactionReport::gid)
                .toList();
    }
}
