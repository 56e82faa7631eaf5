package dev.entente.server.store.writer;

import java.util.regex.Pattern;

/**
 * Statements for a batch of a single row: the same text over the same arrays, of which the row is the first elements.
 * PostgreSQL then compares the key with a value, where the form for many scans functions and builds a hash table:
 * measured, a tenth less time of a commit alone on its connection, and a sixth less CPU in the database.
 */
final class OneRow {
    private static final Pattern ROWS = Pattern.compile("unnest\\(([?, ]+)\\)");

    private OneRow() {}

    /** {@code sql} with the first row of its arrays in place of all their rows. Its parameters stay what they are. */
    static String of(String sql) {
        return ROWS.matcher(sql).replaceAll(rows -> "(values (" + rows.group(1).replace("?", "(?)[1]") + "))");
    }
}
