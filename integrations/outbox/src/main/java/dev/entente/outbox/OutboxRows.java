package dev.entente.outbox;

import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.OwnTransaction;
import dev.entente.jdbc.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The rows of the outbox, in the current transaction of one connection. Not thread-safe.
 *
 * <p><b>Order.</b> Transactions that enqueue for one key pass one at a time, by a lock until their end: an advisory
 * one, on MariaDB that of the key's row in {@code entente_outbox_key}. So positions within a key are in the order of
 * commits, and whoever sees one sees all before it.
 *
 * <p><b>Turns.</b> A message is due when it is enqueued, also behind others of its key: a relay that comes across it
 * makes it wait, with the first one of its key locked meanwhile. So whoever takes the first one away finds it waiting,
 * and no key needs to be looked at again. Otherwise relays would read a blocked key's whole queue with each claim.
 *
 * <p><b>Claims.</b> A relay writes a new number and a time into the first row of each key, and into rows without a key:
 * until then nobody else takes them, nor any other of those keys. What came of them is written only where the number is
 * still that one. No claim waits for a transaction that enqueues: rows that somebody has locked are passed over.
 */
final class OutboxRows {
    private static final int STATEMENTS_TOGETHER = 100;

    private final Sql sql;

    private OutboxRows(Sql sql) {
        this.sql = sql;
    }

    static OutboxRows on(Connection connection) throws SQLException {
        return new OutboxRows(Sql.on(connection));
    }

    static OutboxRows on(Connection connection, Dialect dialect) {
        return new OutboxRows(new Sql(connection, dialect));
    }

    /**
     * Work in a transaction of its own.
     *
     * @param <T> what it comes to
     */
    interface Act<T> {
        T run(OutboxRows rows) throws SQLException;
    }

    /** Runs it on a connection that no transaction of the caller is open on. Blocks. */
    static <T> T act(DataSource dataSource, Duration longestAnswer, Act<T> act) throws SQLException {
        try (BorrowedConnection borrowed = BorrowedConnection.alone(dataSource, longestAnswer)) {
            Connection connection = borrowed.connection();
            OutboxRows rows = on(connection);
            try {
                return rows.act(connection, longestAnswer, act);
            } catch (SQLException failure) {
                throw Outbox.translated(failure, rows.sql().dialect());
            }
        }
    }

    /** Runs it on the connection that these rows are read on. */
    <T> T act(Connection connection, Duration longestAnswer, Act<T> act) throws SQLException {
        return OwnTransaction.on(connection, () -> {
            begin(longestAnswer);
            return act.run(this);
        });
    }

    /** Runs other statements, in this transaction. */
    Sql sql() {
        return sql;
    }

    /** Inserts a message behind all that its key has by then. On PostgreSQL one round trip. */
    void enqueue(OutboxMessage message, String id, boolean wakesRelays) throws SQLException {
        Object key = sql.name(message.key());
        List<@Nullable Object> row = Arrays.asList(
                key,
                id,
                message.carrier(),
                message.address(),
                message.method(),
                sql.name(message.destination()),
                String.join("\n", message.headerWords()),
                message.payload().toByteArray());
        if (isMaria()) {
            if (key != null) {
                sql.update(OutboxSql.LOCK_KEY, key);
            }
            sql.update(OutboxSql.INSERT, row.toArray());
            return;
        }
        List<@Nullable Object> parameters = new ArrayList<>(row);
        StringBuilder text = new StringBuilder();
        if (key != null) {
            parameters.add(0, key);
            text.append(text(OutboxSql.LOCK_KEY)).append(';');
        }
        text.append(text(OutboxSql.INSERT)).append(wakesRelays ? ";" + text(OutboxSql.WAKE) : "");
        sql.update(text.toString(), parameters.toArray());
    }

    /** Begins a transaction; where the database can, it bounds each statement, and each pause between two. */
    void begin(Duration longest) throws SQLException {
        String millis = longest.toMillis() + "ms";
        sql.update(OutboxSql.BEGIN, isMaria() ? new Object[0] : new Object[] {millis, millis});
    }

    /** Lets the commit of this transaction be forgotten by a database that crashes. */
    void letGo() throws SQLException {
        if (!isMaria()) {
            sql.update(OutboxSql.LET_GO);
        }
    }

    /**
     * A row that is due, and locked.
     *
     * @param isFirst whether it is its turn within its key
     */
    record Due(String id, @Nullable String key, long payloadBytes, boolean isFirst) {}

    /**
     * Locks what is due, for each destination as many as there is room for.
     *
     * @param rooms of destinations that have another room than {@code roomElsewhere}
     * @param known matches the destinations that are looked at
     */
    List<Due> due(Map<String, Integer> rooms, int roomElsewhere, Pattern known) throws SQLException {
        if (!isMaria()) {
            List<String> names = List.copyOf(rooms.keySet());
            List<String> counts =
                    names.stream().map(name -> String.valueOf(rooms.get(name))).toList();
            return sql.query(OutboxSql.DUE, this::due, names, counts, roomElsewhere, known.pattern());
        }
        List<Due> due = new ArrayList<>();
        for (String place : sql.query(OutboxSql.PLACES, row -> string(sql.name(row, "due_place")))) {
            int room = rooms.getOrDefault(place, roomElsewhere);
            if (room > 0 && known.matcher(place).matches()) {
                due.addAll(sql.query(OutboxSql.DUE, this::due, sql.name(place), room));
            }
        }
        return due;
    }

    private Due due(ResultSet row) throws SQLException {
        return new Due(
                string(row.getString("id")),
                sql.name(row, "ordering_key"),
                row.getLong("payload_bytes"),
                row.getBoolean("is_first"));
    }

    /** Claims rows that {@link #due} has locked, and reads them. */
    List<Claimed> take(long claim, Duration length, List<String> ids) throws SQLException {
        if (ids.isEmpty()) {
            return List.of();
        }
        if (!isMaria()) {
            return sql.query(OutboxSql.TAKE, this::claimed, claim, Sql.micros(length), ids);
        }
        sql.update(OutboxSql.TAKE, claim, Sql.micros(length), ids);
        return sql.query(OutboxSql.READ, this::claimed, ids);
    }

    /** Reads those right behind the claimed ones of their keys, about {@code limit} in all. */
    List<Claimed> followers(List<Claimed> first, int limit) throws SQLException {
        List<Claimed> keyed = first.stream()
                .filter(claimed -> claimed.key() != null)
                .limit(limit)
                .toList();
        if (keyed.isEmpty()) {
            return List.of();
        }
        int ofEach = Math.max(1, limit / keyed.size());
        if (isMaria()) {
            List<Object> parameters = new ArrayList<>();
            for (Claimed claimed : keyed) {
                Object key = Objects.requireNonNull(sql.name(claimed.key()));
                parameters.addAll(List.of(key, claimed.message().position(), ofEach));
            }
            return sql.query(united(OutboxSql.FOLLOWERS, keyed.size()), this::claimed, parameters.toArray()).stream()
                    .sorted((one, other) -> Long.compare(
                            one.message().position(), other.message().position()))
                    .toList();
        }
        List<String> keys = keyed.stream().map(claimed -> string(claimed.key())).toList();
        List<String> positions = keyed.stream()
                .map(claimed -> String.valueOf(claimed.message().position()))
                .toList();
        return sql.query(OutboxSql.FOLLOWERS, this::claimed, keys, positions, ofEach);
    }

    private Claimed claimed(ResultSet row) throws SQLException {
        Map<String, String> headers = new HashMap<>();
        String[] words = string(row.getString("headers")).split("\n", -1);
        for (int i = 0; i + 1 < words.length; i += 2) {
            headers.put(words[i], words[i + 1]);
        }
        OutgoingMessage message = new OutgoingMessage(
                string(row.getString("id")),
                row.getLong("position"),
                sql.name(row, "ordering_key"),
                string(row.getString("kind")),
                string(row.getString("address")),
                string(row.getString("method")),
                headers,
                Objects.requireNonNull(row.getBytes("payload")),
                row.getInt("attempts"),
                sql.knownTime(row, "enqueued_at"));
        return new Claimed(message, string(sql.name(row, "destination")), since(row, "first_tried_at"));
    }

    /** Makes the due rows behind the first one of each key wait. */
    void makeOthersWait(Collection<String> keys) throws SQLException {
        if (!isMaria()) {
            sql.update(OutboxSql.WAIT, List.copyOf(keys));
            return;
        }
        for (Head head : heads(keys)) {
            if (!sql.query(OutboxSql.LOCK_HEAD, OutboxRows::id, head.id()).isEmpty()) {
                updateAll(OutboxSql.WAIT, sql.query(OutboxSql.BEHIND, OutboxRows::id, head.key(), head.position()));
            }
        }
    }

    /**
     * The first of these keys were taken away: whatever is first now, and waits for nothing else, is due. A transaction
     * that enqueues meanwhile adds one that is due.
     */
    void passOn(Collection<String> keys) throws SQLException {
        List<String> moved = List.copyOf(keys);
        updateAll(
                OutboxSql.NEXT, isMaria() ? heads(moved).stream().map(Head::id).toList() : moved);
    }

    /** The first message of a key. */
    private record Head(String id, Object key, long position) {}

    private List<Head> heads(Collection<String> keys) throws SQLException {
        List<Object> all = sql.names(Set.copyOf(keys));
        List<Head> heads = new ArrayList<>();
        for (int from = 0; from < all.size(); from += STATEMENTS_TOGETHER) {
            List<Object> some = all.subList(from, Math.min(all.size(), from + STATEMENTS_TOGETHER));
            heads.addAll(sql.query(
                    united(OutboxSql.HEAD, some.size()),
                    row -> new Head(
                            id(row),
                            Objects.requireNonNull(sql.name(sql.name(row, "ordering_key"))),
                            row.getLong("position")),
                    some.toArray()));
        }
        return heads;
    }

    /** Locks those that their claims still hold; others were claimed anew when their time was over. */
    Set<Chain> ours(List<Chain> chains) throws SQLException {
        List<String> ids = chains.stream().map(Chain::firstId).toList();
        List<Long> claims = chains.stream().map(Chain::claim).distinct().toList();
        var held = sql.query(OutboxSql.OURS, row -> Map.entry(id(row), row.getLong("claim")), ids, claims);
        Set<Map.Entry<String, Long>> ours = Set.copyOf(held);
        return chains.stream()
                .filter(chain -> ours.contains(Map.entry(chain.firstId(), chain.claim())))
                .collect(Collectors.toSet());
    }

    /**
     * How a message ended.
     *
     * @param attempts those since the last that was written
     * @param note why, where a person decided it
     */
    record End(int attempts, String outcome, @Nullable String note) {
        static final End SENT = new End(1, "sent", null);
    }

    /** Moves messages to those that have ended. */
    void gone(List<String> ids, End end) throws SQLException {
        if (ids.isEmpty()) {
            return;
        }
        if (!isMaria()) {
            sql.update(OutboxSql.SENT, ids, end.attempts(), end.outcome(), sql.text(end.note()));
            return;
        }
        List<String> there = sql.query(OutboxSql.LOCK, OutboxRows::id, ids); // those that are copied are those deleted
        if (!there.isEmpty()) {
            sql.update(OutboxSql.SENT, end.attempts(), end.outcome(), end.note(), there);
            sql.update(OutboxSql.DELETE, there);
        }
    }

    /**
     * A message that is to be attempted again, or that a person has to look at.
     *
     * @param pause until the next attempt; null parks it
     */
    record Failed(
            OutgoingMessage message, String error, @Nullable Duration pause) {}

    /** Records attempts that failed. */
    void failed(List<Failed> failures) throws SQLException {
        List<List<@Nullable Object>> rows = new ArrayList<>();
        for (Failed failed : failures) {
            Long pause = failed.pause() == null ? null : Sql.micros(failed.pause());
            OutgoingMessage message = failed.message();
            rows.add(Arrays.asList(message.attempts() + 1, sql.text(failed.error()), pause, pause, message.id()));
        }
        if (!rows.isEmpty()) {
            sql.updateEach(OutboxSql.FAILED, rows);
        }
    }

    /** Ends the claim of rows, undelivered. */
    void giveBack(List<String> ids) throws SQLException {
        updateAll(OutboxSql.GIVE_BACK, ids);
    }

    /** Makes parked messages due, with all their attempts before them; returns how many were parked. */
    int retry(List<String> ids) throws SQLException {
        return updateAll(OutboxSql.RETRIED, ids);
    }

    /** Locks a parked message, and returns its key, or no key if it has none; empty if it is not parked. */
    Optional<List<String>> lockParked(String id) throws SQLException {
        return sql.first(
                OutboxSql.LOCK_PARKED,
                row -> Stream.ofNullable(sql.name(row, "ordering_key")).toList(),
                id);
    }

    /** Wakes relays at the commit, where that is possible. */
    void wake() throws SQLException {
        if (!isMaria()) {
            sql.update(OutboxSql.WAKE);
        }
    }

    boolean isMaria() {
        return sql.dialect() == Dialect.MARIADB;
    }

    private String text(OutboxSql statement) {
        return statement.on(sql.dialect());
    }

    /** Repeats a select, and unites what the repetitions find. */
    private String united(OutboxSql select, int times) {
        return String.join(" union all ", Collections.nCopies(times, text(select)));
    }

    private int updateAll(OutboxSql statement, List<String> values) throws SQLException {
        return values.isEmpty() ? 0 : sql.update(statement, values);
    }

    /** How long before the question a time was; zero if there is none. */
    Duration since(ResultSet row, String column) throws SQLException {
        Instant then = sql.time(row, column);
        Duration since = then == null ? Duration.ZERO : Duration.between(then, sql.knownTime(row, "asked_at"));
        return since.isNegative() ? Duration.ZERO : since;
    }

    static String id(ResultSet row) throws SQLException {
        return string(row.getString("id"));
    }

    static String string(@Nullable String text) {
        return Objects.requireNonNull(text);
    }
}
