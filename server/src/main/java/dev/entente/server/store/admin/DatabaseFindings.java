package dev.entente.server.store.admin;

import dev.entente.server.store.AliveLock;
import dev.entente.server.store.Database;
import dev.entente.server.store.StartupFailure;
import java.util.ArrayList;
import java.util.List;
import org.jdbi.v3.core.JdbiException;

/** The checks of the settings and of the state of the database. They change nothing. */
public record DatabaseFindings(Database database) {
    /**
     * The key and the values of each finding outside the tables. The settings are those of this session: a role may
     * have its own. A slot that is not active keeps the log for ever. The clocks' difference contains the request.
     */
    private static final String SERVER = """
        select name as key, setting as a, source as b, case source
          when 'database' then format('alter database %I reset %s', current_database(), name)
          when 'user' then format('alter role %I reset %s', current_user, name)
          when 'database user' then format('alter role %I in database %I reset %s', current_user, current_catalog, name)
          when 'global' then format('alter role all reset %s', name)
          else format('postgresql.conf: %s = %s', name, case setting when 'off' then 'on' else '0' end) end as c
        from pg_settings where (name in ('fsync', 'synchronous_commit', 'autovacuum') and setting = 'off')
          or (name in ('statement_timeout', 'transaction_timeout') and setting <> '0')
        union all select 'slot', slot_name::text, pg_size_pretty(held), null
        from (select *, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) as held from pg_replication_slots) slot
        where held > case when active then 1024 else 64 end * 1024 * 1024.0
        union all select 'clock', abs(round(behind))::text, case when behind > 0 then 'behind' else 'ahead of' end, null
        from (select extract(epoch from clock_timestamp()) - cast(:now as numeric) as behind) clock
        where abs(behind) > 10\
        """;

    /** The key and the values of each finding in the tables. A coordinator is alive while it holds its lock. */
    private static final String TABLES = """
        with alive as (select node from coordinator where dead_at is null and not %s),
          permitted as (select (select greatest(1, count(*)) from alive) as coordinators, least(
            current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
            (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user),
            (select nullif(datconnlimit, -1) from pg_database where datname = current_database())) as connections)
        select 'node' as key, node as a, null as b, null as c from alive group by node having count(*) > 1
        union all select 'connections', connections::text, coordinators::text, (coordinators * :each)::text
        from permitted where connections < coordinators * :each\
        """.formatted(AliveLock.isFree("incarnation"));

    /** Returns the findings; the last one is the reason if not all checks could run. Blocks for some seconds. */
    public List<Finding> find() {
        List<Finding> findings = new ArrayList<>();
        try {
            findings.addAll(found(SERVER));
            if (new Schema(database).version() == Schema.VERSION) {
                findings.addAll(found(TABLES));
            }
        } catch (StartupFailure | JdbiException failure) {
            boolean isKnown = failure instanceof StartupFailure;
            findings.add(Finding.of("database", isKnown ? (StartupFailure) failure : database.unreachable(failure)));
        }
        return findings;
    }

    private List<Finding> found(String query) {
        return database.alone(
                "doctor",
                5,
                handle -> handle.createQuery(query)
                        .bind("now", System.currentTimeMillis() / 1000.0)
                        .bind("each", database.settings().poolSize() + Database.BESIDE_THE_POOL)
                        .map((row, _) -> Finding.of(
                                row.getString("key"), row.getString("a"), row.getString("b"), row.getString("c")))
                        .list());
    }
}
