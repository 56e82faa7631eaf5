package dev.entente.eventstore;

import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.Statements;
import java.sql.Connection;
import java.sql.SQLException;

/** The statements of the event store in the SQL of each database. */
enum EventSql {
    POSTGRES(Dialect.POSTGRES),
    MARIADB(Dialect.MARIADB);

    static final String ADVANCE =
            "update entente_event_stream set version = version + ? where stream = ? and version = ?";

    static final String LOAD = "select stream, version, type, type_version, payload, recorded_at from entente_event"
            + " where stream = ? and version > ? order by version limit ?";

    static final String SNAPSHOT = "select version, state from entente_event_snapshot"
            + " where stream = ? and fold = ? and fold_version = ? and version <= ?";

    static final String AFTER =
            "select stream, version, type, type_version, payload, recorded_at, position from entente_event"
                    + " where position > ? order by position limit ?";

    static final String HEAD = "select position from entente_event_head where id = 1";

    static final String HOLD_HEAD = HEAD + " for update skip locked";

    static final String MOVE_HEAD = "update entente_event_head set position = ? where id = 1";

    static final String UNPLACED =
            "select stream, version from entente_event where position is null order by appended limit ?";

    static final String PLACE = "update entente_event set position = ? where stream = ? and version = ?";

    private final Dialect dialect;

    EventSql(Dialect dialect) {
        this.dialect = dialect;
    }

    Dialect dialect() {
        return dialect;
    }

    /**
     * Sets the level of a transaction that begins here. Each statement then sees what was committed before it, also
     * what another one committed while a lock was waited for.
     */
    static void readCommitted(Connection connection) throws SQLException {
        Statements.execute(connection, "set transaction isolation level read committed");
    }

    /** Does nothing where the stream is there; waits for a transaction that creates it at this moment. */
    String createStream() {
        return switch (this) {
            case POSTGRES ->
                "insert into entente_event_stream (stream, version) values (?, ?)" + " on conflict (stream) do nothing";
            case MARIADB -> "insert ignore into entente_event_stream (stream, version) values (?, ?)";
        };
    }

    /** The latest version; InnoDB would otherwise answer by the transaction's snapshot. */
    String latestVersion() {
        return switch (this) {
            case POSTGRES -> version();
            case MARIADB -> version() + " lock in share mode";
        };
    }

    String version() {
        return "select version from entente_event_stream where stream = ?";
    }

    /** The time is that of the statement, behind the stream's lock: PostgreSQL's now() is that of the transaction. */
    String insert() {
        return "insert into entente_event (stream, version, type, type_version, payload, recorded_at)"
                + " values (?, ?, ?, ?, ?, " + (this == POSTGRES ? "clock_timestamp()" : "utc_timestamp(6)") + ")";
    }

    /** One for each stream and fold. Whoever writes it holds the stream's row. */
    String keepSnapshot() {
        String insert = "insert into entente_event_snapshot (stream, fold, fold_version, version, state)"
                + " values (?, ?, ?, ?, ?)";
        return switch (this) {
            case POSTGRES ->
                insert + " on conflict (stream, fold) do update set"
                        + " fold_version = excluded.fold_version, version = excluded.version, state = excluded.state";
            case MARIADB ->
                insert + " on duplicate key update"
                        + " fold_version = values(fold_version), version = values(version), state = values(state)";
        };
    }

    /** Deletes those of other versions of a fold. */
    String dropSnapshots() {
        return Statements.deleteAtMost(dialect, "entente_event_snapshot", "fold = ? and fold_version <> ?");
    }

    /** Adds the first generation of a projection that has none. */
    String registerProjection() {
        String select = " select ?, 1, 'LIVE', 0";
        String unlessThere = " where not exists (select 1 from entente_projection where name = ?)";
        String into = " into entente_projection (name, generation, state, position)";
        return switch (this) {
            case POSTGRES -> "insert" + into + select + unlessThere + " on conflict (name, generation) do nothing";
            case MARIADB -> "insert ignore" + into + select + " from dual" + unlessThere;
        };
    }
}
