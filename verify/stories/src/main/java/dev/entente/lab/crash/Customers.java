package dev.entente.lab.crash;

import dev.entente.demo.ShopService;
import dev.entente.lab.judge.Books;
import dev.entente.lab.plans.Transfer;
import java.sql.SQLException;
import java.util.Random;
import shop.v1.Fault;

/** Accounts with money, and articles in stock, enough for any run. */
public final class Customers {
    /** How many accounts there are, and articles. */
    public static final int COUNT = 16;

    /** The opening balance of each account. */
    public static final long OPENING_CENTS = 1_000_000_000;

    private static final int GOODS = 1_000_000_000;
    private static final String ACCOUNT = "load-";
    private static final String SKU = "L-";

    private Customers() {}

    /** Opens accounts and delivers goods where there are services of them, unless that was done before. Blocks. */
    public static void open(Books books) throws SQLException {
        open(books, ShopService.PAYMENT, "account (id, opening_cents, cents)", ACCOUNT, OPENING_CENTS);
        open(books, ShopService.ACCOUNT, "account (id, opening_cents, balance)", ACCOUNT, OPENING_CENTS);
        open(books, ShopService.STOCK, "stock (sku, delivered, on_hand)", SKU, GOODS);
    }

    private static void open(Books books, ShopService service, String columns, String prefix, long amount)
            throws SQLException {
        if (books.exists(service)) {
            books.change(
                    service,
                    "insert into " + columns + " select ?::text || n, ?, ? from generate_series(0, ?) n"
                            + " on conflict do nothing",
                    prefix,
                    amount,
                    amount,
                    COUNT - 1);
        }
    }

    /** One of them, from 0. */
    public static String account(int i) {
        return ACCOUNT + i;
    }

    /** Any of them. */
    public static String account(Random random) {
        return account(random.nextInt(COUNT));
    }

    /** One of the articles, from 0. */
    public static String sku(int i) {
        return SKU + i;
    }

    /** Any of the articles. */
    public static String sku(Random random) {
        return sku(random.nextInt(COUNT));
    }

    /** Money from any of them to the next. */
    public static Transfer transfer(String gid, Random random, long cents, Fault settling) {
        int from = random.nextInt(COUNT);
        return new Transfer(gid, account(from), account((from + 1) % COUNT), cents, settling);
    }
}
