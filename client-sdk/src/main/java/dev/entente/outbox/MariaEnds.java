package dev.entente.outbox;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** MariaDB's statements about the ends of deliveries, parked messages, and old records. */
final class MariaEnds {
    private static final String SENT = """
        insert into entente_outbox_sent
          (id, ordering_key, kind, address, method, attempts, outcome, note, enqueued_at, ended_at)
        select id, ordering_key, kind, address, method, attempts + ?, ?, ?, enqueued_at, utc_timestamp(6)
        from entente_outbox where id in\
        """ + " ";

    private static final String RETRY = """
        update entente_outbox set attempts = ?, last_error = ?, parked_at = null, relay = null,
          first_tried_at = coalesce(first_tried_at, utc_timestamp(6)),
          due_at = utc_timestamp(6) + interval ? microsecond
        where id = ? and coalesce(relay, ?) = ?
        """;

    private static final String PARK = """
        update entente_outbox set attempts = ?, last_error = ?, parked_at = utc_timestamp(6), due_at = null, relay = null
        where id = ? and coalesce(relay, ?) = ?
        """;

    private static final String RETRIED = """
        update entente_outbox set parked_at = null, due_at = utc_timestamp(6), attempts = 0, first_tried_at = null
        where parked_at is not null and id in\
        """ + " ";

    private static final String LIST = """
        select id, position, kind, address, method, ordering_key, attempts, last_error, enqueued_at, parked_at
        from entente_outbox where parked_at is not null order by parked_at limit ?
        """;

    private static final String BEHIND = """
        select count(*) from (
          select 1 from entente_outbox where ordering_key = ? and position > ? order by position limit 1000) behind
        """;

    /** Beyond what is counted it is the database's own estimate, which costs nothing. */
    private static final String BACKLOG = """
        select (select count(*) from (select 1 from entente_outbox limit 10001) counted) as all_of_them,
          (select table_rows from information_schema.tables
            where table_schema = database() and table_name = 'entente_outbox') as estimated,
          (select count(*) from (
            select 1 from entente_outbox where parked_at is not null limit 10000) counted) as parked,
          (select timestampdiff(microsecond, min(enqueued_at), utc_timestamp(6)) from entente_outbox) as oldest
        """;

    private static final long MOST_COUNTED = 10_000;
    private static final int KEPT_KEY_DAYS = 1;

    private MariaEnds() {}

    /** Locks the rows first, so that those that are copied are those that are deleted. */
    static void gone(Connection connection, long relay, Collection<String> ids, SettleStatements.End end)
            throws SQLException {
        List<String> ours = ours(connection, relay, ids);
        if (ours.isEmpty()) {
            return;
        }
        try (PreparedStatement copy = connection.prepareStatement(SENT + MariaRows.marks(ours))) {
            copy.setInt(1, end.attempts());
            copy.setString(2, end.outcome());
            copy.setString(3, end.note());
            MariaRows.set(copy, 4, ours);
            copy.executeUpdate();
        }
        MariaRows.update(connection, "delete from entente_outbox where id in ", ours);
    }

    private static List<String> ours(Connection connection, long relay, Collection<String> ids) throws SQLException {
        String sql = "select id from entente_outbox where coalesce(relay, ?) = ? and id in " + MariaRows.marks(ids)
                + " for update";
        try (PreparedStatement lock = connection.prepareStatement(sql)) {
            lock.setLong(1, relay);
            lock.setLong(2, relay);
            MariaRows.set(lock, 3, ids);
            try (ResultSet rows = lock.executeQuery()) {
                return SettleStatements.texts(rows);
            }
        }
    }

    static void failed(Connection connection, long relay, List<SettleStatements.Failed> failures) throws SQLException {
        for (SettleStatements.Failed failure : failures) {
            Duration pause = failure.pause();
            try (PreparedStatement update = connection.prepareStatement(pause == null ? PARK : RETRY)) {
                int next = 1;
                update.setInt(next++, failure.message().attempts() + 1);
                update.setString(next++, failure.error());
                if (pause != null) {
                    update.setLong(next++, pause.toNanos() / 1000);
                }
                update.setString(next++, failure.message().id());
                update.setLong(next++, relay);
                update.setLong(next, relay);
                update.executeUpdate();
            }
        }
    }

    static int retry(Connection connection, List<String> ids) throws SQLException {
        return MariaRows.update(connection, RETRIED, ids);
    }

    static Backlog backlog(Connection connection) throws SQLException {
        try (Statement select = connection.createStatement();
                ResultSet row = select.executeQuery(BACKLOG)) {
            row.next();
            long parked = row.getLong("parked");
            long counted = row.getLong("all_of_them");
            long all = counted > MOST_COUNTED ? Math.max(counted, row.getLong("estimated")) : counted;
            Duration oldest = Duration.ofNanos(Math.max(0, row.getLong("oldest")) * 1000);
            return new Backlog(Math.max(0, all - parked), oldest, parked);
        }
    }

    /** Deletes old records, and keys that were not used for long; nobody waits for either. */
    static int purge(Connection connection, Duration age, int limit) throws SQLException {
        String keys = "delete from entente_outbox_key where touched_at < utc_timestamp(6) - interval " + KEPT_KEY_DAYS
                + " day limit ?";
        try (PreparedStatement delete = connection.prepareStatement(keys)) {
            delete.setInt(1, limit);
            delete.executeUpdate();
        }
        String records =
                "delete from entente_outbox_sent where ended_at < utc_timestamp(6) - interval ? second limit ?";
        try (PreparedStatement delete = connection.prepareStatement(records)) {
            delete.setLong(1, age.toSeconds());
            delete.setInt(2, limit);
            return delete.executeUpdate();
        }
    }

    static List<ParkedMessage> parked(Connection connection, int limit) throws SQLException {
        List<ParkedMessage> parked = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(LIST);
                PreparedStatement behind = connection.prepareStatement(BEHIND)) {
            select.setInt(1, limit);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    parked.add(read(rows, behind));
                }
            }
        }
        return parked;
    }

    private static ParkedMessage read(ResultSet row, PreparedStatement behind) throws SQLException {
        String destination = row.getString("kind") + " " + row.getString("address") + " " + row.getString("method");
        String key = MariaRows.key(row);
        return new ParkedMessage(
                MariaRows.string(row, "id"),
                destination.strip(),
                Optional.ofNullable(key),
                row.getInt("attempts"),
                Objects.requireNonNullElse(row.getString("last_error"), ""),
                MariaRows.instant(row, "enqueued_at"),
                MariaRows.instant(row, "parked_at"),
                blocked(behind, key, row.getLong("position")));
    }

    private static long blocked(PreparedStatement behind, @Nullable String key, long position) throws SQLException {
        if (key == null) {
            return 0;
        }
        behind.setBytes(1, MariaRows.bytes(key));
        behind.setLong(2, position);
        try (ResultSet row = behind.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }
}
