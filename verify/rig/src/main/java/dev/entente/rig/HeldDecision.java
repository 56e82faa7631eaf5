package dev.entente.rig;

import dev.entente.v1.Transaction;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Holds a coordinator between a decision and its first undo or confirm, by means of PostgreSQL. The commit that makes
 * the decision durable is flushed to disk, and then waits for a synchronous standby that does not exist. A kill during
 * this wait is a kill after the decision. Used by one thread.
 *
 * @see <a href="https://www.postgresql.org/docs/current/runtime-config-wal.html">synchronous_commit</a>
 */
public final class HeldDecision implements AutoCloseable {
    private static final String HELD =
            "select count(*) from pg_stat_activity where wait_event = 'SyncRep' and application_name = 'held decision'";

    private final SqlDatabase database;
    private final String standbys;

    private HeldDecision(SqlDatabase database, String standbys) {
        this.database = database;
        this.standbys = standbys;
    }

    /**
     * Holds the decision with that number and all later decisions. Start the coordinator after this call: only new
     * sessions get the new default of the database, with which other commits do not wait. Sessions of other databases
     * must set {@code synchronous_commit} to {@code local}. Blocks.
     *
     * @param database the coordinator's database, as a superuser
     * @param decision the number, from 1
     */
    public static HeldDecision arm(SqlDatabase database, int decision) throws SQLException {
        HeldDecision held = new HeldDecision(
                database, database.texts("show synchronous_standby_names").getFirst());
        held.synchronousCommit("set synchronous_commit = local");
        database.change("""
            create sequence held_decision;
            create function hold_decision() returns trigger language plpgsql as $$
            begin
              if nextval('held_decision') >= %d then
                perform set_config('synchronous_commit', 'on', true), set_config('application_name', 'held decision', true);
              end if;
              return null;
            end $$;
            create trigger held_decision after update on open_transaction for each row
            when (old.state <> new.state and new.state in (%d, %d)) execute function hold_decision()\
            """.formatted(decision, Transaction.State.COMPLETING_VALUE, Transaction.State.UNDOING_VALUE));
        held.standbys("absent");
        return held;
    }

    private void synchronousCommit(String change) throws SQLException {
        database.change("do $$ begin execute format('alter database %I " + change + "', current_database()); end $$");
    }

    private void standbys(String names) throws SQLException {
        database.change("alter system set synchronous_standby_names = '" + names + "'");
        database.change("select pg_reload_conf()");
    }

    /** Blocks until the decision is durable and held; returns false if there is none within {@code limit}. */
    public boolean await(Duration limit) throws SQLException, InterruptedException {
        return Wait.until(limit, () -> database.number(HELD) > 0);
    }

    /** Releases the held commits. Blocks until they have ended. */
    @Override
    public void close() throws SQLException {
        try {
            standbys("");
            database.change("drop function hold_decision() cascade; drop sequence held_decision");
        } finally {
            standbys(standbys);
            synchronousCommit("reset synchronous_commit");
        }
    }
}
