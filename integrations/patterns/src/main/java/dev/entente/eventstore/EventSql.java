package dev.entente.eventstore;

import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.Sql;
import java.sql.Connection;
import java.sql.SQLException;

/** The statements of the event store, in one text for both databases or in one text for each. */
enum EventSql implements Sql.Text {
    ADVANCE("update entente_event_stream set version = version + ? where stream = ? and version = ?"),
    LOAD("""
        select stream, version, type, type_version, payload, recorded_at from entente_event
        where stream = ? and version > ? order by version limit ?
        """),
    SNAPSHOT("""
        select version, state from entente_event_snapshot
        where stream = ? and fold = ? and fold_version = ? and version <= ?
        """),
    AFTER("""
        select stream, version, type, type_version, payload, recorded_at, position from entente_event
        where position > ? order by position limit ?
        """),
    HEAD("select position from entente_event_head where id = 1"),
    HOLD_HEAD("select position from entente_event_head where id = 1 for update skip locked"),
    MOVE_HEAD("update entente_event_head set position = ? where id = 1"),
    UNPLACED("select stream, version from entente_event where position is null order by appended limit ?"),
    PLACE("update entente_event set position = ? where stream = ? and version = ?"),
    /** Does nothing if the stream exists. Waits for a concurrent transaction that creates the stream. */
    CREATE_STREAM(
            "insert into entente_event_stream (stream, version) values (?, ?) on conflict (stream) do nothing",
            "insert ignore into entente_event_stream (stream, version) values (?, ?)"),
    VERSION("select version from entente_event_stream where stream = ?"),
    /** Reads the latest version. Without the lock InnoDB would read the transaction's snapshot. */
    LATEST_VERSION(
            "select version from entente_event_stream where stream = ?",
            "select version from entente_event_stream where stream = ? lock in share mode"),
    /** Uses the time of the statement, which runs after the stream is locked. */
    INSERT("""
        insert into entente_event (stream, version, type, type_version, payload, recorded_at)
        values (?, ?, ?, ?, ?, clock_timestamp())
        """, """
            insert into entente_event (stream, version, type, type_version, payload, recorded_at)
            values (?, ?, ?, ?, ?, utc_timestamp(6))
            """),
    /** Writes the one snapshot of a stream and fold. The writer holds a lock on the stream's row. */
    KEEP_SNAPSHOT("""
        insert into entente_event_snapshot (stream, fold, fold_version, version, state) values (?, ?, ?, ?, ?)
        on conflict (stream, fold) do update
        set fold_version = excluded.fold_version, version = excluded.version, state = excluded.state
        """, """
            insert into entente_event_snapshot (stream, fold, fold_version, version, state) values (?, ?, ?, ?, ?)
            on duplicate key update fold_version = values(fold_version), version = values(version), state = values(state)
            """),
    /** Adds the first generation of a projection without generations. */
    REGISTER("""
        insert into entente_projection (name, generation, state, position) select ?, 1, 'LIVE', 0
        where not exists (select 1 from entente_projection where name = ?) on conflict (name, generation) do nothing
        """, """
            insert ignore into entente_projection (name, generation, state, position) select ?, 1, 'LIVE', 0 from dual
            where not exists (select 1 from entente_projection where name = ?)
            """);

    private final String postgres;
    private final String mariadb;

    EventSql(String both) {
        this(both, both);
    }

    EventSql(String postgres, String mariadb) {
        this.postgres = postgres;
        this.mariadb = mariadb;
    }

    @Override
    public String on(Dialect dialect) {
        return dialect == Dialect.MARIADB ? mariadb : postgres;
    }

    /**
     * Sets the level of the transaction that begins here. Each statement then sees all commits before it, including
     * those during a wait for a lock.
     */
    static void readCommitted(Connection connection) throws SQLException {
        Sql.on(connection).execute("set transaction isolation level read committed");
    }
}
