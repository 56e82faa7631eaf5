package dev.entente.torture.check;

import java.util.List;
import java.util.Set;

/** All that the judges look at. */
public record Evidence(
        List<Shape> shapes,
        List<ClientAnswer> told,
        List<LedgerCall> calls,
        List<LedgerAnswer> answers,
        List<LedgerEffect> effects,
        List<TransactionReport> dossiers,
        List<Book> books) {
    public Evidence {
        shapes = List.copyOf(shapes);
        told = List.copyOf(told);
        calls = List.copyOf(calls);
        answers = List.copyOf(answers);
        effects = List.copyOf(effects);
        dossiers = List.copyOf(dossiers);
        books = List.copyOf(books);
    }

    /** Returns the transactions that stand in one of these ways. */
    public List<String> gids(Set<Standing> standings) {
        return dossiers.stream()
                .filter(dossier -> standings.contains(dossier.standing()))
                .map(TransactionReport::gid)
                .toList();
    }
}
