package dev.entente.stories.judge;

import dev.entente.demo.ShopService;
import java.sql.SQLException;
import java.util.Random;

/** Accounts with money and articles in stock, enough for any run. */
public final class Customers {
    private static final int COUNT = 16;
    private static final long PLENTY = 1_000_000_000;
    private static final String ACCOUNT = "load-";
    private static final String SKU = "L-";

    private Customers() {}

    /** Opens accounts and delivers goods in the services of the run, unless they exist already. Blocks. */
    public static void open(Databases databases) throws SQLException {
        open(databases, ShopService.PAYMENT, "account (id, opening_cents, cents)", ACCOUNT);
        open(databases, ShopService.ACCOUNT, "account (id, opening_cents, balance)", ACCOUNT);
        open(databases, ShopService.EAST, "account (id, opening_cents, cents)", ACCOUNT);
        open(databases, ShopService.WEST, "account (id, opening_cents, cents)", ACCOUNT);
        open(databases, ShopService.STOCK, "stock (sku, delivered, on_hand)", SKU);
    }

    private static void open(Databases databases, ShopService service, String columns, String prefix)
            throws SQLException {
        if (databases.exists(service)) {
            databases.change(
                    service,
                    "insert into " + columns + " select ?::text || n, ?, ? from generate_series(0, ?) n"
                            + " on conflict do nothing",
                    prefix,
                    PLENTY,
                    PLENTY,
                    COUNT - 1);
        }
    }

    /** Returns account number {@code i}, from 0. */
    public static String account(int i) {
        return ACCOUNT + i;
    }

    public static String account(Random random) {
        return account(random.nextInt(COUNT));
    }

    /** Returns article number {@code i}, from 0. */
    public static String sku(int i) {
        return SKU + i;
    }

    public static String sku(Random random) {
        return sku(random.nextInt(COUNT));
    }
}
