package dev.entente.faults.check;

import java.util.List;

/** All that the checker looks at. */
public record Evidence(
        List<Shape> shapes,
        List<Told> told,
        List<LedgerCall> calls,
        List<LedgerEffect> effects,
        List<Dossier> dossiers,
        List<Book> books) {

    public Evidence {
        shapes = List.copyOf(shapes);
        told = List.copyOf(told);
        calls = List.copyOf(calls);
        effects = List.copyOf(effects);
        dossiers = List.copyOf(dossiers);
        books = List.copyOf(books);
    }
}
