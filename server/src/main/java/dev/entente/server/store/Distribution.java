package dev.entente.server.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Tables that are hash-distributed by {@code bucket}, as Citus does it: what is written together is of one bucket, and says so.
 *
 * <p>A database says of itself whether it is: the setting {@code entente.distributed}, which {@link Schema#distribute} makes. On one that is
 * not, statements are left as they are: a condition on the bucket could change their plans.
 */
final class Distribution {
    /**
     * Beside them {@code coordinator}, {@code cluster} and {@code subscription} are small and stand everywhere; {@code audit_entry},
     * {@code delivery_lane} and {@code delivery_order} are local.
     */
    static final List<String> TABLES = List.of("open_transaction", "finished_transaction", "transaction_label");

    static final String SWITCH_ON = """
        do $$ begin
          execute format('alter database %I set entente.distributed = %L', current_database(), 'on');
        end $$\
        """;

    private static final String IS_ON = "select coalesce(current_setting('entente.distributed', true), '') = 'on'";
    private static final Pattern PLACE = Pattern.compile("/\\* bucket (\\w+) \\*/");

    private Distribution() {}

    static boolean isOn(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(IS_ON)) {
            row.next();
            return row.getBoolean(1);
        }
    }

    /** The statement for rows of one bucket alone. As a literal: with a parameter for it, a plan for all buckets would be kept. */
    static String keyed(String sql, int bucket) {
        return PLACE.matcher(sql).replaceAll("and $1.bucket = " + bucket);
    }
}
