package dev.entente.lab.judge;

import dev.entente.demo.ShopService;
import java.sql.SQLException;
import java.util.List;

/** The invariants of the two banks' databases, which hold whenever no transfer is open. */
public final class BankInvariants {
    private final Books books;

    public BankInvariants(Books books) {
        this.books = books;
    }

    /** All of them. Blocks. */
    public List<Invariant> all() throws SQLException {
        return List.of(
                conserved(), movementsBooked(ShopService.EAST), movementsBooked(ShopService.WEST), nothingPrepared());
    }

    /** Checks that one bank gained exactly as much as the other lost. */
    private Invariant conserved() throws SQLException {
        String gained = "select coalesce(sum(cents) - sum(opening_cents), 0) from account";
        long east = books.number(ShopService.EAST, gained);
        long west = books.number(ShopService.WEST, gained);
        return new Invariant(
                "the banks: what has left the one has come to the other",
                east + west == 0,
                accounts(ShopService.EAST) + accounts(ShopService.WEST),
                "east gained " + east + ", west " + west);
    }

    private Invariant movementsBooked(ShopService bank) throws SQLException {
        long wrong = books.number(bank, """
            select count(*) from account a where cents <> opening_cents
              + (select coalesce(sum(m.cents), 0) from movement m where m.account_id = a.id)\
            """);
        return new Invariant(
                bank.label() + ": each account has its opening money and its movements",
                wrong == 0,
                accounts(bank),
                wrong + " accounts have not");
    }

    /** Counted over the whole server, where the two databases are the only ones that prepare. */
    private Invariant nothingPrepared() throws SQLException {
        long left = books.number(ShopService.EAST, "select count(*) from pg_prepared_xacts");
        return new Invariant(
                "no prepared transaction is left behind", left == 0, 1, left + " stand in pg_prepared_xacts");
    }

    private long accounts(ShopService bank) throws SQLException {
        return books.number(bank, "select count(*) from account");
    }
}
