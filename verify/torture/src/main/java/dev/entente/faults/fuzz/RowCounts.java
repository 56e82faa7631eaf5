package dev.entente.faults.fuzz;

import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.Playground;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many rows each of the coordinator's tables has, found in the catalogue: tables that are added later are counted
 * too. Those of the audit are not: what is refused is told there.
 *
 * @param byTable by the table's name
 */
record RowCounts(Map<String, Long> byTable) {
    /** Counts them. Blocks. */
    static RowCounts of(EmbeddedDatabase database) throws SQLException {
        Map<String, Long> byTable = new TreeMap<>();
        try (Connection connection = database.connect(Playground.COORDINATOR_DATABASE);
                Statement statement = connection.createStatement()) {
            for (String table : tables(statement)) {
                try (ResultSet row = statement.executeQuery("select count(*) from \"" + table + '"')) {
                    row.next();
                    byTable.put(table, row.getLong(1));
                }
            }
        }
        return new RowCounts(byTable);
    }

    private static List<String> tables(Statement statement) throws SQLException {
        List<String> tables = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery(
                "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE"
                        + " TABLE' and table_name not like 'audit\\_%'")) {
            while (rows.next()) {
                tables.add(rows.getString(1));
            }
        }
        return tables;
    }

    /** Tables that have not as many rows as before, and by how many they differ. */
    Map<String, Long> since(RowCounts before) {
        Map<String, Long> changed = new TreeMap<>();
        byTable.forEach((table, count) -> {
            long more = Math.abs(count - before.byTable.getOrDefault(table, 0L));
            if (more != 0) {
                changed.put(table, more);
            }
        });
        return changed;
    }
}
