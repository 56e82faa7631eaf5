package dev.entente.lab.judge;

import dev.entente.demo.ShopService;
import java.sql.SQLException;
import java.util.List;

/**
 * The invariants of the shop's databases, which hold whenever no transaction is open: nothing appears, nothing
 * vanishes.
 */
public final class ShopInvariants {
    private final Books books;

    public ShopInvariants(Books books) {
        this.books = books;
    }

    /** All of them. Blocks. */
    public List<Invariant> all() throws SQLException {
        return List.of(
                paymentsConserved(),
                transfersConserved(),
                nothingFrozen(),
                stockConserved(),
                stockHeld(),
                pointsConserved());
    }

    /** Those of the account service alone. Blocks. */
    public List<Invariant> ofTransfers() throws SQLException {
        return List.of(transfersConserved(), nothingFrozen());
    }

    public Invariant paymentsConserved() throws SQLException {
        return none(
                "payment: opening money = money left + payments charged, account by account",
                ShopService.PAYMENT,
                """
                from account a where opening_cents <> cents
                  + (select coalesce(sum(p.cents), 0) from payment p where p.account_id = a.id and p.state = 'CHARGED')\
                """,
                "account");
    }

    private Invariant transfersConserved() throws SQLException {
        long difference = books.number(ShopService.ACCOUNT, "select sum(opening_cents) - sum(balance) from account");
        return new Invariant(
                "account: all balances together are what they were opened with",
                difference == 0,
                rows(ShopService.ACCOUNT, "account"));
    }

    private Invariant nothingFrozen() throws SQLException {
        return none("account: frozen money = frozen records, account by account", ShopService.ACCOUNT, """
            from account a where frozen <>
              (select coalesce(sum(f.amount), 0) from frozen_record f where f.account_id = a.id and f.amount > 0)\
            """, "account");
    }

    public Invariant stockConserved() throws SQLException {
        return none(
                "stock: goods delivered = goods on hand + reservations confirmed, article by article",
                ShopService.STOCK,
                """
                from stock s where delivered <> on_hand
                  + (select coalesce(sum(r.quantity), 0) from reservation r
                     where r.sku = s.sku and r.state = 'CONFIRMED')\
                """,
                "stock");
    }

    public Invariant stockHeld() throws SQLException {
        return none("stock: goods set aside = reservations held, article by article", ShopService.STOCK, """
            from stock s where reserved <>
              (select coalesce(sum(r.quantity), 0) from reservation r where r.sku = s.sku and r.state = 'RESERVED')\
            """, "stock");
    }

    public Invariant pointsConserved() throws SQLException {
        return none("points: each account has the points of its entries", ShopService.POINTS, """
            from account a where points <>
              (select coalesce(sum(e.points), 0) from entry e where e.account_id = a.id and e.state = 'ADDED')\
            """, "account");
    }

    private Invariant none(String name, ShopService service, String violators, String table) throws SQLException {
        long found = books.number(service, "select count(*) " + violators);
        return new Invariant(
                name, found == 0, rows(service, table), found == 0 ? "" : found + " rows of " + table + " do not");
    }

    private long rows(ShopService service, String table) throws SQLException {
        return books.number(service, "select count(*) from " + table);
    }
}
