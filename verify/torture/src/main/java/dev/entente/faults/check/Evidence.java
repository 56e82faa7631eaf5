package dev.entente.faults.check;

import java.util.List;

/**
 * All that the checker looks at.
 *
 * @param onlooker what somebody saw who stood between them all, if anybody did
 */
public record Evidence(
        List<Shape> shapes,
        List<ClientAnswer> told,
        List<LedgerCall> calls,
        List<LedgerAnswer> answers,
        List<LedgerEffect> effects,
        List<TransactionReport> dossiers,
        List<Book> books,
        NetworkObservation onlooker) {

    /** Makes the evidence of a run without an onlooker and without a record of its answers. */
    public Evidence(
            List<Shape> shapes,
            List<ClientAnswer> told,
            List<LedgerCall> calls,
            List<LedgerEffect> effects,
            List<TransactionReport> dossiers,
            List<Book> books) {
        this(shapes, told, calls, List.of(), effects, dossiers, books, NetworkObservation.NONE);
    }

    public Evidence {
        shapes = List.copyOf(shapes);
        told = List.copyOf(told);
        calls = List.copyOf(calls);
        answers = List.copyOf(answers);
        effects = List.copyOf(effects);
        dossiers = List.copyOf(dossiers);
        books = List.copyOf(books);
    }
}
