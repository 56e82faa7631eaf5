package dev.entente.lab.scenario;

import dev.entente.demo.ShopService;
import dev.entente.lab.judge.Books;
import dev.entente.lab.judge.ParticipantEffect;
import dev.entente.v1.Transaction;
import java.sql.SQLException;
import java.util.List;

/** The SQL checks that several scenarios share. Each adds one line to the result. */
public final class Checks {
    private final Books books;
    private final Result result;

    public Checks(Books books, Result result) {
        this.books = books;
        this.result = result;
    }

    public void ended(Transaction transaction, Transaction.State expected) {
        result.check(
                transaction.getGid() + " ended " + expected,
                transaction.getState() == expected && transaction.getTerminal(),
                1,
                "it is " + transaction.getState()
                        + (transaction.hasParked()
                                ? ", parked: " + transaction.getParked().getDetail()
                                : ""));
    }

    /** The participants did exactly this for the transaction, each once. */
    public void effects(String gid, String... methods) throws SQLException {
        effects(gid, List.of(methods));
    }

    /** The same, of a list. */
    public void effects(String gid, List<String> methods) throws SQLException {
        List<String> found = books.effects(gid).stream()
                .filter(effect -> effect.gid().equals(gid))
                .map(ParticipantEffect::method)
                .sorted()
                .toList();
        List<String> expected = methods.stream().sorted().toList();
        result.check(
                "the participants' ledgers hold, once each: " + String.join(", ", methods),
                found.equals(expected),
                expected.size(),
                "they hold: " + String.join(", ", found));
    }

    /** The one number that {@code sql} answers is as expected. */
    public void number(String name, long expected, ShopService service, String sql, Object... arguments)
            throws SQLException {
        long found = books.number(service, sql, arguments);
        result.check(name, found == expected, 1, "found " + found + ", expected " + expected);
    }
}
