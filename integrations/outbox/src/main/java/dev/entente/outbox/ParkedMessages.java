package dev.entente.outbox;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Operator actions on parked messages, which no relay delivers: list them, retry them after the cause is fixed, or skip
 * them. Each method runs in its own transaction and blocks. Thread-safe.
 */
public final class ParkedMessages {
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(30);
    private static final int MAX_AT_ONCE = 1000;

    private final DataSource dataSource;
    private final Duration longestAnswer;

    private ParkedMessages(DataSource dataSource, Duration longestAnswer) {
        this.dataSource = dataSource;
        this.longestAnswer = longestAnswer;
    }

    /** Returns the operations on the outbox in this database. */
    public static ParkedMessages in(DataSource dataSource) {
        return in(dataSource, LONGEST_ANSWER);
    }

    static ParkedMessages in(DataSource dataSource, Duration longestAnswer) {
        return new ParkedMessages(dataSource, longestAnswer);
    }

    /**
     * Lists parked messages, those parked longest first.
     *
     * @param limit 1 to 1000
     */
    public List<ParkedMessage> list(int limit) throws SQLException {
        bounded(limit);
        return act(rows -> rows.sql().query(OutboxSql.LIST, row -> parked(rows, row), limit));
    }

    /**
     * Retries a message, with all its attempts available again.
     *
     * @return false if no message of this id is parked
     */
    public boolean retry(String id) throws SQLException {
        return act(rows -> {
            boolean found = rows.retry(List.of(id)) == 1;
            rows.wake();
            return found;
        });
    }

    /**
     * Retries the messages that are parked longest, such as after an outage.
     *
     * @param limit 1 to 1000
     * @return how many; fewer than {@code limit} if no more were parked
     */
    public int retryAll(int limit) throws SQLException {
        bounded(limit);
        return act(rows -> {
            int retried = rows.retry(rows.sql().query(OutboxSql.PARKED_LONGEST, OutboxRows::id, limit));
            rows.wake();
            return retried;
        });
    }

    /**
     * Retries all parked messages, a thousand in each transaction. The last transaction may miss messages that are
     * parked again meanwhile.
     *
     * @return how many
     */
    public long retryAll() throws SQLException {
        long all = 0;
        int last;
        do {
            last = retryAll(MAX_AT_ONCE);
            all += last;
        } while (last == MAX_AT_ONCE);
        return all;
    }

    /**
     * Gives a message up. The message is never delivered, and the later messages of its key continue.
     *
     * @param why the reason, kept with the record of the message
     * @return false if no message of this id is parked
     */
    public boolean skip(String id, String why) throws SQLException {
        return act(rows -> {
            Optional<List<String>> key = rows.lockParked(id);
            if (key.isEmpty()) {
                return false;
            }
            rows.moveToSent(List.of(id), new OutboxRows.End(0, "skipped", why));
            rows.makeNextDue(key.get());
            rows.wake();
            return true;
        });
    }

    private static ParkedMessage parked(OutboxRows rows, ResultSet row) throws SQLException {
        String destination = row.getString("kind") + " " + row.getString("address") + " " + row.getString("method");
        String key = rows.sql().name(row, "ordering_key");
        long position = row.getLong("position");
        long blocks = key == null
                ? 0
                : rows.sql()
                        .query(
                                OutboxSql.BLOCKED,
                                behind -> behind.getLong(1),
                                rows.sql().name(key),
                                position)
                        .get(0);
        return new ParkedMessage(
                OutboxRows.string(row.getString("id")),
                destination.strip(),
                Optional.ofNullable(key),
                row.getInt("attempts"),
                Objects.requireNonNullElse(row.getString("last_error"), ""),
                rows.sql().knownTime(row, "enqueued_at"),
                rows.sql().knownTime(row, "parked_at"),
                blocks);
    }

    private static void bounded(int limit) {
        if (limit < 1 || limit > MAX_AT_ONCE) {
            throw new IllegalArgumentException(limit + " messages at once; use 1 to " + MAX_AT_ONCE);
        }
    }

    private <T> T act(OutboxRows.Task<T> act) throws SQLException {
        return OutboxRows.act(dataSource, longestAnswer, act);
    }
}
