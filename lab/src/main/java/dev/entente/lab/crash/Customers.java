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

    private Customers() {}

    /** Opens accounts and delivers goods, unless that was done before. Blocks. */
    public static void open(Books books) throws SQLException {
        for (int i = 0; i < COUNT; i++) {
            books.change(
                    ShopService.PAYMENT,
                    "insert into account (id, opening_cents, cents) values (?, ?, ?) on conflict do nothing",
                    account(i),
                    OPENING_CENTS,
                    OPENING_CENTS);
            books.change(
                    ShopService.ACCOUNT,
                    "insert into account (id, opening_cents, balance) values (?, ?, ?) on conflict do nothing",
                    account(i),
                    OPENING_CENTS,
                    OPENING_CENTS);
            books.change(
                    ShopService.STOCK,
                    "insert into stock (sku, delivered, on_hand) values (?, ?, ?) on conflict do nothing",
                    sku(i),
                    GOODS,
                    GOODS);
        }
    }

    /** One of them, from 0. */
    public static String account(int i) {
        return "load-" + i;
    }

    /** Any of them. */
    public static String account(Random random) {
        return account(random.nextInt(COUNT));
    }

    /** One of the articles, from 0. */
    public static String sku(int i) {
        return "L-" + i;
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
