package dev.entente.server.store.writer;

import java.util.regex.Pattern;

/**
 * Statements for a batch of a single row: the same text with the first elements of the arrays. PostgreSQL then compares
 * the key with a value. The form for many rows scans functions and builds a hash table. Measured: a single commit takes
 * a tenth less time on its connection, and a sixth less CPU in the database.
 */
final class OneRow {
    private static final Pattern ROWS = Pattern.compile("unnest\\(([?, ]+)\\)");

    private OneRow() {}

    /** Returns {@code sql} with the first row of its arrays in place of all rows. The parameters do not change. */
    static String of(String sql) {
        return ROWS.matcher(sql).replaceAll(rows -> "(values (" + rows.group(1).replace("?", "(?)[1]") + "))");
    }
}
