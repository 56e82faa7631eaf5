package dev.entente.outbox;

import dev.entente.outbox.presence.PresenceStatements;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The outbox's statements on MariaDB and MySQL. They keep the promises of PostgreSQL's by other means.
 *
 * <p><b>Order.</b> Transactions that enqueue for one key pass one at a time, by the lock on the key's row in {@code
 * entente_outbox_key}, which each of them writes. So positions within a key are in the order of commits.
 *
 * <p><b>Turns.</b> A message is due when it is enqueued, also behind others of its key: a relay that comes across it
 * makes it wait, with the first one of its key locked meanwhile. So whoever takes the first one away finds it waiting,
 * and no key needs to be looked at again.
 */
final class MariaOutbox implements OutboxStatements {
    private static final String INSERT = """
        insert into entente_outbox (id, kind, address, method, destination, headers, payload, ordering_key, enqueued_at, due_at)
        values (?, ?, ?, ?, ?, ?, ?, ?, utc_timestamp(6), utc_timestamp(6))
        """;

    private static final String LOCK_KEY = """
        insert into entente_outbox_key (ordering_key, touched_at) values (?, utc_timestamp(6))
        on duplicate key update touched_at = utc_timestamp(6)
        """;

    /** "The first of its key" by a look at the snapshot: where that knows neither, it is not, and is asked again. */
    private static final String DUE = """
        select c.id, c.destination, c.ordering_key, length(c.payload) as payload_bytes,
          (c.ordering_key is null or coalesce(c.position = (
            select min(e.position) from entente_outbox e where e.ordering_key = c.ordering_key), false)) as is_first
        from entente_outbox c
        where c.due_place = ? and c.due_at <= utc_timestamp(6) and c.relay is null
        order by c.due_at, c.position limit ? for update skip locked
        """;

    private static final String PLACES = "select distinct due_place from entente_outbox where due_place >= ''";

    private static final String COLUMNS = """
        o.id, o.position, o.ordering_key, o.kind, o.address, o.method, o.destination, o.headers, o.payload, o.attempts,
        o.enqueued_at, coalesce(timestampdiff(microsecond, o.first_tried_at, utc_timestamp(6)), 0) as tried_for
        """;

    private static final String FOLLOWERS = "(select " + COLUMNS
            + " from entente_outbox o where o.ordering_key = ? and o.position > ? order by o.position limit ?)";

    private static final String HEAD =
            "(select id, ordering_key, position from entente_outbox where ordering_key = ? order by position limit 1)";

    private static final String BEHIND = """
        select id from entente_outbox
        where ordering_key = ? and due_at is not null and position > ? and relay is null
        order by position limit 1000 for update skip locked
        """;

    private static final String NEXT_DUE = "(select timestampdiff(microsecond, utc_timestamp(6), min(due_at)) as due"
            + " from entente_outbox where due_place = ? and due_at > utc_timestamp(6))";

    private static final int STATEMENTS_TOGETHER = 100;

    @Override
    public PresenceStatements presence() {
        return PresenceStatements.MARIADB;
    }

    @Override
    public boolean notifies() {
        return false;
    }

    @Override
    public void enqueue(Connection connection, OutboxMessage message, String id, boolean wakesRelays)
            throws SQLException {
        byte[] key = message.key() == null ? null : MariaRows.bytes(message.key());
        if (key != null) {
            try (PreparedStatement lock = connection.prepareStatement(LOCK_KEY)) {
                lock.setBytes(1, key);
                lock.executeUpdate();
            }
        }
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            insert.setString(1, id);
            insert.setString(2, message.carrier());
            insert.setString(3, message.address());
            insert.setString(4, message.method());
            insert.setBytes(5, MariaRows.bytes(message.destination()));
            insert.setString(6, String.join("\n", message.headerWords()));
            insert.setBytes(7, message.payload().toByteArray());
            insert.setBytes(8, key);
            insert.executeUpdate();
        }
    }

    @Override
    public boolean begin(Connection connection, long relay, Duration longest) throws SQLException {
        beginAct(connection);
        String sql = "select 1 from entente_outbox_relay where id = ? lock in share mode";
        try (PreparedStatement registered = connection.prepareStatement(sql)) {
            registered.setLong(1, relay);
            try (ResultSet row = registered.executeQuery()) {
                return row.next();
            }
        }
    }

    @Override
    public void beginAct(Connection connection) throws SQLException {
        try (Statement set = connection.createStatement()) {
            set.execute("set transaction isolation level read committed");
        }
    }

    /** The server alone says how durable a commit is. */
    @Override
    public void letGo(Connection connection) {}

    @Override
    public List<ClaimStatements.Due> due(Connection connection, Map<String, Integer> rooms, int roomElsewhere)
            throws SQLException {
        List<ClaimStatements.Due> due = new ArrayList<>();
        for (byte[] place : places(connection)) {
            int room = rooms.getOrDefault(MariaRows.text(place), roomElsewhere);
            if (room > 0) {
                due.addAll(due(connection, place, room));
            }
        }
        return due;
    }

    private static List<ClaimStatements.Due> due(Connection connection, byte[] place, int room) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(DUE)) {
            select.setBytes(1, place);
            select.setInt(2, room);
            try (ResultSet rows = select.executeQuery()) {
                List<ClaimStatements.Due> due = new ArrayList<>();
                while (rows.next()) {
                    due.add(new ClaimStatements.Due(
                            MariaRows.string(rows, "id"),
                            MariaRows.text(rows.getBytes("destination")),
                            MariaRows.text(rows.getBytes("ordering_key")),
                            rows.getLong("payload_bytes"),
                            rows.getBoolean("is_first")));
                }
                return due;
            }
        }
    }

    private static List<byte[]> places(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(PLACES);
                ResultSet rows = select.executeQuery()) {
            List<byte[]> places = new ArrayList<>();
            while (rows.next()) {
                places.add(rows.getBytes(1));
            }
            return places;
        }
    }

    @Override
    public List<Claimed> take(Connection connection, long relay, Collection<String> ids) throws SQLException {
        String marks = MariaRows.marks(ids);
        try (PreparedStatement update =
                connection.prepareStatement("update entente_outbox set relay = ? where id in " + marks)) {
            update.setLong(1, relay);
            MariaRows.set(update, 2, ids);
            update.executeUpdate();
        }
        String sql = "select " + COLUMNS + " from entente_outbox o where o.relay = ? and o.id in " + marks;
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setLong(1, relay);
            MariaRows.set(select, 2, ids);
            return MariaRows.claimed(select);
        }
    }

    @Override
    public List<Claimed> followers(Connection connection, List<Claimed> first, int limit) throws SQLException {
        List<Claimed> keyed = first.stream()
                .filter(claimed -> claimed.key() != null)
                .limit(Math.max(0, Math.min(limit, STATEMENTS_TOGETHER)))
                .toList();
        if (keyed.isEmpty()) {
            return List.of();
        }
        int ofEach = Math.max(1, limit / keyed.size());
        try (PreparedStatement select = connection.prepareStatement(MariaRows.united(FOLLOWERS, keyed.size()))) {
            int next = 1;
            for (Claimed claimed : keyed) {
                select.setBytes(next++, MariaRows.bytes(String.valueOf(claimed.key())));
                select.setLong(next++, claimed.message().position());
                select.setInt(next++, ofEach);
            }
            return MariaRows.claimed(select);
        }
    }

    @Override
    public void makeOthersWait(Connection connection, Collection<String> keys) throws SQLException {
        for (MariaRows.Head head : heads(connection, keys)) {
            if (isLocked(connection, head)) {
                List<String> behind = behind(connection, head);
                MariaRows.update(connection, "update entente_outbox set due_at = null where id in ", behind);
            }
        }
    }

    /** Locks the first one; false where somebody is taking it away now, and those behind it stay due. */
    private static boolean isLocked(Connection connection, MariaRows.Head head) throws SQLException {
        String sql = "select 1 from entente_outbox where id = ? for update skip locked";
        try (PreparedStatement lock = connection.prepareStatement(sql)) {
            lock.setString(1, head.id());
            try (ResultSet row = lock.executeQuery()) {
                return row.next();
            }
        }
    }

    private static List<String> behind(Connection connection, MariaRows.Head head) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(BEHIND)) {
            select.setBytes(1, MariaRows.bytes(head.key()));
            select.setLong(2, head.position());
            try (ResultSet rows = select.executeQuery()) {
                return SettleStatements.texts(rows);
            }
        }
    }

    @Override
    public boolean passOn(Connection connection, Collection<String> keys) throws SQLException {
        List<String> first =
                heads(connection, keys).stream().map(MariaRows.Head::id).toList();
        MariaRows.update(
                connection,
                "update entente_outbox set due_at = utc_timestamp(6) where due_at is null and parked_at is null and id"
                        + " in ",
                first);
        return false;
    }

    @Override
    public boolean recheck(Connection connection) {
        return false;
    }

    private static List<MariaRows.Head> heads(Connection connection, Collection<String> keys) throws SQLException {
        List<MariaRows.Head> heads = new ArrayList<>();
        Set<String> different = new LinkedHashSet<>(keys);
        for (List<String> some : MariaRows.parts(different, STATEMENTS_TOGETHER)) {
            try (PreparedStatement select = connection.prepareStatement(MariaRows.united(HEAD, some.size()))) {
                int next = 1;
                for (String key : some) {
                    select.setBytes(next++, MariaRows.bytes(key));
                }
                heads.addAll(MariaRows.heads(select));
            }
        }
        return heads;
    }

    @Override
    public void gone(Connection connection, long relay, Collection<String> ids, SettleStatements.End end)
            throws SQLException {
        MariaEnds.gone(connection, relay, ids, end);
    }

    @Override
    public void failed(Connection connection, long relay, List<SettleStatements.Failed> failures) throws SQLException {
        MariaEnds.failed(connection, relay, failures);
    }

    @Override
    public void giveBack(Connection connection, long relay, Collection<String> ids) throws SQLException {
        String sql = "update entente_outbox set relay = null where relay = ? and id in " + MariaRows.marks(ids);
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            update.setLong(1, relay);
            MariaRows.set(update, 2, ids);
            update.executeUpdate();
        }
    }

    @Override
    public Backlog backlog(Connection connection) throws SQLException {
        return MariaEnds.backlog(connection);
    }

    @Override
    public int purge(Connection connection, Duration age, int limit) throws SQLException {
        return MariaEnds.purge(connection, age, limit);
    }

    @Override
    public Duration untilNextDue(Connection connection, Duration longest) throws SQLException {
        long micros = longest.toNanos() / 1000;
        for (List<byte[]> some : MariaRows.parts(places(connection), STATEMENTS_TOGETHER)) {
            String sql = "select min(due) from (" + MariaRows.united(NEXT_DUE, some.size()) + ") each_place";
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                int next = 1;
                for (byte[] place : some) {
                    select.setBytes(next++, place);
                }
                try (ResultSet row = select.executeQuery()) {
                    row.next();
                    long due = Math.max(1000, row.getLong(1));
                    micros = row.wasNull() ? micros : Math.min(micros, due);
                }
            }
        }
        return Duration.ofNanos(micros * 1000);
    }

    @Override
    public List<ParkedMessage> parked(Connection connection, int limit) throws SQLException {
        return MariaEnds.parked(connection, limit);
    }

    @Override
    public boolean retry(Connection connection, String id) throws SQLException {
        return MariaEnds.retry(connection, List.of(id)) == 1;
    }

    @Override
    public int retryAll(Connection connection, int limit) throws SQLException {
        String sql = "select id from entente_outbox where parked_at is not null order by parked_at limit ?"
                + " for update skip locked";
        List<String> longest;
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setInt(1, limit);
            try (ResultSet rows = select.executeQuery()) {
                longest = SettleStatements.texts(rows);
            }
        }
        return MariaEnds.retry(connection, longest);
    }

    @Override
    public Optional<ParkedMessages.Locked> lockParked(Connection connection, String id) throws SQLException {
        String sql = "select ordering_key from entente_outbox where id = ? and parked_at is not null for update";
        try (PreparedStatement lock = connection.prepareStatement(sql)) {
            lock.setString(1, id);
            try (ResultSet row = lock.executeQuery()) {
                return row.next() ? Optional.of(new ParkedMessages.Locked(MariaRows.key(row))) : Optional.empty();
            }
        }
    }

    @Override
    public void wake(Connection connection) {}
}
