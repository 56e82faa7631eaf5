package dev.entente.torture.check;

import java.util.List;

/** A check of the amounts: of each participant, and of each transaction across participants. */
final class Money {
    private Money() {}

    static void judge(List<TransactionEvidence> cases, Evidence evidence, List<Violation> found) {
        for (LedgerTotals book : evidence.books()) {
            addIfOff(found, evidence, book);
        }
        for (TransactionEvidence one : cases) {
            long left = one.effects().stream().mapToLong(LedgerEffect::cents).sum();
            boolean isSettled =
                    (one.standing().isEnd() && !one.txReport().isStated()) || one.standing() == ReportedState.UNKNOWN;
            if (isSettled && left != 0) {
                one.violates(Rule.MONEY, one.standing() + ", and " + left + " cents are left over");
            }
        }
    }

    private static void addIfOff(List<Violation> found, Evidence evidence, LedgerTotals book) {
        long moved = evidence.effects().stream()
                .filter(effect -> effect.ledger().equals(book.ledger()))
                .mapToLong(LedgerEffect::cents)
                .sum();
        if (book.openingCents() + moved != book.cents()) {
            found.add(new Violation(
                    Rule.MONEY,
                    "",
                    book.ledger() + " has " + book.cents() + " cents, but opening balance + effects = "
                            + (book.openingCents() + moved)));
        }
        for (String gid : book.standing()) {
            boolean isEnded = evidence.txReports().stream()
                    .anyMatch(txReport ->
                            txReport.gid().equals(gid) && txReport.standing().isEnd());
            if (isEnded) {
                found.add(new Violation(Rule.ALL_OR_NOTHING, gid, "finished, and still prepared in " + book.ledger()));
            }
        }
    }
}
