package dev.entente.torture.fuzz;

import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.Playground;
import dev.entente.rig.SqlDatabase;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;

/**
 * The number of rows in each of the coordinator's tables. The catalogue lists the tables, so tables that are added
 * later are counted, too. Tables of the audit are not counted, because the audit also records refusals, nor is the
 * table to which each coordinator adds a row per minute.
 *
 * @param byTable by the table's name
 */
record RowCounts(Map<String, Long> byTable) {
    /** Counts the rows. Blocks. */
    static RowCounts of(EmbeddedDatabase database) throws SQLException {
        SqlDatabase coordinators = database.ask(Playground.COORDINATOR_DATABASE);
        Map<String, Long> byTable = new TreeMap<>();
        for (String table : coordinators.texts(
                "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE"
                        + " TABLE' and table_name not like 'audit\\_%' and table_name <> 'minute_count'")) {
            byTable.put(table, coordinators.number("select count(*) from \"" + table + '"'));
        }
        return new RowCounts(byTable);
    }

    /** Returns the tables with another number of rows than before, and the differences. */
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
