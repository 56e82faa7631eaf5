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
 * <p><b>Order.</b> Transactions that enqueue for one key are serialized by a lock until their end. The lock is an
 * advisory lock, on MariaDB the lock of the key's row in {@code entente_outbox_key}. Positions within a key are
 * therefore in the order of commits, and a reader of one position sees all earlier positions.
 *
 * <p><b>Waiting.</b> A new message is due, also behind other messages of its key. A relay that finds such a message
 * makes the message wait, and locks the first message of the key meanwhile. Therefore the transaction that removes the
 * first message finds the waiting message, and no later check is needed. If messages did not wait, each claim would
 * read the complete queue of a blocked key.
 *
 * <p><b>Claims.</b> A relay writes a new number and a time into the first row of each key, and into rows without a key.
 * Until this time no other relay takes these rows, or other rows of these keys. The result is written only if the row
 * still has this number. A claim skips locked rows and never waits for a transaction that enqueues.
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
     * The work of a separate transaction.
     *
     * @param <T> the result
     */
    interface Task<T> {
        T run(OutboxRows rows) throws SQLException;
    }

    /** Runs the work on a connection without an open transaction of the caller. Blocks. */
    static <T> T act(DataSource dataSource, Duration longestAnswer, Task<T> act) throws SQLException {
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

    /** Runs the work on this connection, which must be the connection of these rows. */
    <T> T act(Connection connection, Duration longestAnswer, Task<T> act) throws SQLException {
        return OwnTransaction.on(connection, () -> {
            begin(longestAnswer);
            return act.run(this);
        });
    }

    /** Returns the access to other statements in this transaction. */
    Sql sql() {
        return sql;
    }

    /** Inserts a message behind the present messages of its key. On PostgreSQL this takes one round trip. */
    void enqueue(OutboxMessage message, String id, boolean wakesRelays) throws SQLException {
        Object key = sql.name(message.key());
        List<@Nullable Object> row = Arrays.asList(
                key,
                id,
                message.carrier(),
                message.address(),
                message.method(),
                sql.name(message.destination()),
                String.join("\n", message.headerLines()),
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

    /** Begins a transaction. PostgreSQL then limits each statement, and each pause between statements. */
    void begin(Duration longest) throws SQLException {
        String millis = longest.toMillis() + "ms";
        sql.update(OutboxSql.BEGIN, isMaria() ? new Object[0] : new Object[] {millis, millis});
    }

    /** Permits the loss of this transaction's commit in a crash of the database. */
    void commitAsynchronously() throws SQLException {
        if (!isMaria()) {
            sql.update(OutboxSql.COMMIT_ASYNCHRONOUSLY);
        }
    }

    /**
     * A row that is due and locked.
     *
     * @param isFirst whether the message is the first of its key
     */
    record Due(String id, @Nullable String key, long payloadBytes, boolean isFirst) {}

    /**
     * Locks due rows, for each destination up to its capacity.
     *
     * @param capacities of destinations with a capacity other than {@code capacityElsewhere}
     * @param known matches the destinations to read
     */
    List<Due> due(Map<String, Integer> capacities, int capacityElsewhere, Pattern known) throws SQLException {
        if (!isMaria()) {
            List<String> names = List.copyOf(capacities.keySet());
            List<String> counts = names.stream()
                    .map(name -> String.valueOf(capacities.get(name)))
                    .toList();
            return sql.query(OutboxSql.DUE, this::due, names, counts, capacityElsewhere, known.pattern());
        }
        List<Due> due = new ArrayList<>();
        for (String place : sql.query(OutboxSql.PLACES, row -> string(sql.name(row, "due_place")))) {
            int capacity = capacities.getOrDefault(place, capacityElsewhere);
            if (capacity > 0 && known.matcher(place).matches()) {
                due.addAll(sql.query(OutboxSql.DUE, this::due, sql.name(place), capacity));
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

    /** Claims and reads rows that {@link #due} has locked. */
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

    /** Reads the messages directly behind the claimed ones of their keys, about {@code limit} in total. */
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
     * Makes the new first message of each key due, after the previous one was removed. A message that is enqueued
     * concurrently is due by itself.
     */
    void makeNextDue(Collection<String> keys) throws SQLException {
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

    /** Locks the rows that still have their claim. An expired claim may have been replaced. */
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
     * The end of a message.
     *
     * @param attempts the number of attempts since the last recorded attempt
     * @param note the operator's reason, if an operator decided
     */
    record End(int attempts, String outcome, @Nullable String note) {
        static final End SENT = new End(1, "sent", null);
    }

    /** Moves messages to {@code entente_outbox_sent}. */
    void moveToSent(List<String> ids, End end) throws SQLException {
        if (ids.isEmpty()) {
            return;
        }
        if (!isMaria()) {
            sql.update(OutboxSql.SENT, ids, end.attempts(), end.outcome(), sql.text(end.note()));
            return;
        }
        List<String> there = sql.query(OutboxSql.LOCK, OutboxRows::id, ids); // to copy and delete the same rows
        if (!there.isEmpty()) {
            sql.update(OutboxSql.SENT, end.attempts(), end.outcome(), end.note(), there);
            sql.update(OutboxSql.DELETE, there);
        }
    }

    /**
     * A message to attempt again or to park.
     *
     * @param pause until the next attempt; null parks the message
     */
    record Failed(
            OutgoingMessage message, String error, @Nullable Duration pause) {}

    /** Records failed attempts. */
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

    /** Ends the claim of undelivered rows. */
    void giveBack(List<String> ids) throws SQLException {
        updateAll(OutboxSql.GIVE_BACK, ids);
    }

    /** Makes parked messages due with all attempts available again; returns how many were parked. */
    int retry(List<String> ids) throws SQLException {
        return updateAll(OutboxSql.RETRIED, ids);
    }

    /**
     * Locks a parked message. Returns a list with its key, or an empty list if the message has no key. Returns empty if
     * the message is not parked.
     */
    Optional<List<String>> lockParked(String id) throws SQLException {
        return sql.first(
                OutboxSql.LOCK_PARKED,
                row -> Stream.ofNullable(sql.name(row, "ordering_key")).toList(),
                id);
    }

    /** Wakes relays at the commit; does nothing on MariaDB. */
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

    /** Repeats a select, and unites the results. */
    private String united(OutboxSql select, int times) {
        return String.join(" union all ", Collections.nCopies(times, text(select)));
    }

    private int updateAll(OutboxSql statement, List<String> values) throws SQLException {
        return values.isEmpty() ? 0 : sql.update(statement, values);
    }

    /** Returns the time from a column to the query; zero if the column is null. */
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
