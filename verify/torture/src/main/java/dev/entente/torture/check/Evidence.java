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
        List<TransactionReport> dossiers,
        List<Book> books) {
    public Evidence {
        shapes = List.copyOf(shapes);
        reported = List.copyOf(reported);
        calls = List.copyOf(calls);
        answers = List.copyOf(answers);
        effects = List.copyOf(effects);
        dossiers = List.copyOf(dossiers);
        books = List.copyOf(books);
    }

    /** Returns the transactions with one of these states. */
    public List<String> gids(Set<ReportedState> standings) {
        return dossiers.stream()
                .filter(dossier -> standings.contains(dossier.standing()))
                .map(TransactionReport::gid)
                .toList();
    }
}
