package dev.entente.stories.judge;

import dev.entente.demo.ShopService;
import java.sql.SQLException;
import java.util.List;

/** The invariants of the participants' databases while no transaction is open: nothing appears or disappears. */
public enum Law {
    PAYMENTS(
            "payment: opening money = money left + payments charged, account by account",
            ShopService.PAYMENT,
            "account",
            """
            account a where opening_cents <> cents
              + (select coalesce(sum(p.cents), 0) from payment p where p.account_id = a.id and p.state = 'CHARGED')\
            """),
    TRANSFERS(
            "account: the sum of all balances = the sum of the opening balances",
            ShopService.ACCOUNT,
            "account",
            "(select sum(opening_cents) - sum(balance) as gained from account) a where gained <> 0"),
    FROZEN("account: frozen money = frozen records, account by account", ShopService.ACCOUNT, "account", """
        account a where frozen <>
          (select coalesce(sum(f.amount), 0) from frozen_record f where f.account_id = a.id and f.amount > 0)\
        """),
    GOODS(
            "stock: goods delivered = goods on hand + reservations confirmed, article by article",
            ShopService.STOCK,
            "stock",
            """
            stock s where delivered <> on_hand
              + (select coalesce(sum(r.quantity), 0) from reservation r where r.sku = s.sku and r.state = 'CONFIRMED')\
            """),
    GOODS_HELD("stock: reserved goods = open reservations, article by article", ShopService.STOCK, "stock", """
        stock s where reserved <>
          (select coalesce(sum(r.quantity), 0) from reservation r where r.sku = s.sku and r.state = 'RESERVED')\
        """),
    POINTS("points: points = points of the entries, account by account", ShopService.POINTS, "account", """
        account a where points <>
          (select coalesce(sum(e.points), 0) from entry e where e.account_id = a.id and e.state = 'ADDED')\
        """),
    EAST_BOOKED(
            "east: money = opening money + movements, account by account", ShopService.EAST, "account", Law.MOVEMENTS),
    WEST_BOOKED(
            "west: money = opening money + movements, account by account", ShopService.WEST, "account", Law.MOVEMENTS),
    /** Counts on the whole server, where only these two databases prepare transactions. */
    NOTHING_PREPARED("no prepared transaction is left behind", ShopService.EAST, "pg_database", "pg_prepared_xacts");

    /** The invariants of the shop's services. */
    public static final List<Law> SHOP = List.of(PAYMENTS, TRANSFERS, FROZEN, GOODS, GOODS_HELD, POINTS);

    private static final String MOVEMENTS = """
        account a where cents <> opening_cents
          + (select coalesce(sum(m.cents), 0) from movement m where m.account_id = a.id)\
        """;

    private final String sentence;
    private final ShopService service;
    private final String table;
    private final String violators;

    /**
     * @param table the table with the examined rows
     * @param violators the text after {@code from} of a query that must return no rows
     */
    Law(String sentence, ShopService service, String table, String violators) {
        this.sentence = sentence;
        this.service = service;
        this.table = table;
        this.violators = violators;
    }

    /** Queries the database. Blocks. */
    public Invariant read(Databases databases) throws SQLException {
        long broken = databases.number(service, "select count(*) from " + violators);
        long rows = databases.number(service, "select count(*) from " + table);
        return new Invariant(sentence, broken == 0, rows, broken + " rows of " + table + " do not agree");
    }
}
