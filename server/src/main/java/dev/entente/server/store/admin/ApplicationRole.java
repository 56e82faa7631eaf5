package dev.entente.server.store.admin;

import dev.entente.server.store.Database;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.transaction.ErrorCode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The role that coordinators run as where the tables belong to another one. It may do what a coordinator does, and of
 * the audit it may insert and read. Blocks.
 */
public final class ApplicationRole {
    /** The rights that it has, by table. Sorted, so that whoever reads the log finds them in the same order. */
    static final Map<String, List<String>> TABLES = new TreeMap<>(Map.ofEntries(
            // The time and the number of an entry are the database's to give.
            Map.entry(
                    "audit_entry",
                    List.of("select", "insert (actor, act, gid, reason, before, after, peer, request_id)")),
            Map.entry("audit_link", List.of("select", "insert")),
            Map.entry("audit_sink", List.of("select", "insert", "update", "delete")),
            Map.entry("cluster", List.of("select", "insert", "update")),
            Map.entry("coordinator", List.of("select", "insert", "update", "delete")),
            Map.entry("delivery_lane", List.of("select", "insert", "update", "delete")),
            Map.entry("delivery_order", List.of("select", "insert", "delete")),
            Map.entry("entente_schema_history", List.of("select")),
            Map.entry("finished_transaction", List.of("select", "insert", "delete")),
            Map.entry("open_transaction", List.of("select", "insert", "update", "delete")),
            Map.entry("signing_key", List.of("select")),
            Map.entry("subscription", List.of("select", "insert", "update", "delete")),
            Map.entry("transaction_label", List.of("select", "insert", "delete"))));

    private static final int FIRST_WITH_MAINTAIN = 170_000;

    /** The only way to remove audit entries. */
    static final String PRUNING = "function prune_audit(bigint, interval, int)";

    private final Database database;

    /** @param database as the owner of its tables */
    public ApplicationRole(Database database) {
        this.database = database;
    }

    /**
     * Makes the role where there is none, without a password, and gives it exactly these rights.
     *
     * @param name of the role
     * @param keepsAudit how long audit entries stay whatever {@code audit.retention} says, not negative; null leaves
     *     it as it is, and begins with 400 days
     * @return whether it was made
     * @throws StartupFailure ENT-071 where rights would not bind the role: it owns the tables, or is a superuser
     */
    public boolean grant(String name, @Nullable Duration keepsAudit) {
        return database.jdbi().inTransaction(handle -> {
            check(handle, name);
            String role = quoted(handle, name);
            boolean isNew = handle.createQuery("select not exists (select 1 from pg_roles where rolname = :name)")
                    .bind("name", name)
                    .mapTo(Boolean.class)
                    .one();
            if (isNew) {
                handle.execute("create role " + role + " login");
            }
            String schema = handle.createQuery("select quote_ident(current_schema())")
                    .mapTo(String.class)
                    .one();
            handle.execute("grant usage on schema " + schema + " to " + role);
            handle.execute("revoke all on table audit_policy, " + String.join(", ", TABLES.keySet()) + " from " + role);
            TABLES.forEach((table, rights) ->
                    handle.execute("grant " + String.join(", ", rights) + " on table " + table + " to " + role));
            handle.execute("grant execute on " + PRUNING + " to " + role);
            if (mayMaintain(handle)) {
                // Coordinators vacuum the table themselves; on an older PostgreSQL autovacuum alone does.
                handle.execute("grant maintain on table open_transaction to " + role);
            }
            keep(handle, keepsAudit);
            return isNew;
        });
    }

    private static void check(Handle handle, String name) {
        boolean isFree =
                handle.createQuery("""
                    select exists (select 1 from pg_roles r where r.rolname = :name and (r.rolsuper
                      or pg_has_role(r.oid, (select tableowner from pg_tables
                        where tablename = 'audit_entry' and schemaname = current_schema()), 'member')))\
                    """).bind("name", name).mapTo(Boolean.class).one();
        if (isFree) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "--role " + name + " is a superuser, or has the rights of the tables' owner, so nothing can be kept"
                            + " from it; name another one, which is made where there is none",
                    null);
        }
    }

    private static boolean mayMaintain(Handle handle) {
        return handle.createQuery("select current_setting('server_version_num')::int >= :first")
                .bind("first", FIRST_WITH_MAINTAIN)
                .mapTo(Boolean.class)
                .one();
    }

    private static void keep(Handle handle, @Nullable Duration keepsAudit) {
        if (keepsAudit == null) {
            handle.execute("update audit_policy set at_least = interval '400 days' where at_least = interval '0'");
        } else {
            handle.createUpdate("update audit_policy set at_least = :keep * interval '1 millisecond'")
                    .bind("keep", keepsAudit.toMillis())
                    .execute();
        }
    }

    private static String quoted(Handle handle, String name) {
        return handle.createQuery("select quote_ident(:name)")
                .bind("name", name)
                .mapTo(String.class)
                .one();
    }
}
