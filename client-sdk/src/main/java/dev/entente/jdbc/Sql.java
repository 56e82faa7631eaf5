package dev.entente.jdbc;

import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Runs statements in the current transaction of one connection, in the dialect of its database ({@link
 * Dialect#inDialect}). The placeholder {@code {in}} compares a column with the values of one list parameter. Not
 * thread-safe.
 */
public final class Sql {
    private static final String IN = "{in}";
    private static final String LIMIT_LOCK_WAIT =
            "set @entente_lock_wait = @@session.innodb_lock_wait_timeout, session innodb_lock_wait_timeout = ";
    private static final String LOCK_WAIT_AS_BEFORE = "set session innodb_lock_wait_timeout = @entente_lock_wait";
    private static final Pattern PLAIN = Pattern.compile("[\\x01-\\x7f]*");

    private final Connection connection;
    private final Dialect dialect;
    private @Nullable Charset charset;

    /** Uses a dialect that the caller already knows. */
    public Sql(Connection connection, Dialect dialect) {
        this.connection = connection;
        this.dialect = dialect;
    }

    /** Determines the dialect by the driver's metadata. */
    public static Sql on(Connection connection) throws SQLException {
        return new Sql(connection, Dialect.of(connection));
    }

    /** Returns the database's dialect. */
    public Dialect dialect() {
        return dialect;
    }

    /**
     * Reads one row.
     *
     * @param <T> the value that the row contains
     */
    @FunctionalInterface
    public interface Row<T> {
        /** Reads the current row of the result. */
        T read(ResultSet row) throws SQLException;
    }

    /** A statement with one text per dialect. */
    public interface Text {
        /** Returns the text for a dialect; empty if this database does not need the statement. */
        String on(Dialect dialect);
    }

    private interface PutBack extends AutoCloseable {
        @Override
        void close() throws SQLException;
    }

    /**
     * Runs work with a limit on waits for row locks, on MariaDB. MariaDB counts seconds, so the limit is rounded up.
     * The session's previous limit is restored after the work, so that the SDK's limit does not apply to a body.
     */
    @SuppressWarnings("try") // the resource is never referenced
    public <T> T waitingAtMost(Duration longest, OwnTransaction.Work<T> work) throws SQLException {
        execute(LIMIT_LOCK_WAIT + Math.max(1, longest.plusMillis(999).toSeconds()));
        try (PutBack before = () -> execute(LOCK_WAIT_AS_BEFORE)) {
            return work.run();
        }
    }

    /** Runs a statement that has no parameters, without preparing it. */
    public void execute(String text) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(text);
        }
    }

    /** Returns the rows that a query selects, or that the returning clause of a change contains. */
    public <T> List<T> query(String text, Row<T> row, @Nullable Object... parameters) throws SQLException {
        try (PreparedStatement select = prepared(text, parameters);
                ResultSet rows = select.executeQuery()) {
            List<T> found = new ArrayList<>();
            while (rows.next()) {
                found.add(row.read(rows));
            }
            return found;
        }
    }

    /** As {@link #query(String, Row, Object...)}. */
    public <T> List<T> query(Text text, Row<T> row, @Nullable Object... parameters) throws SQLException {
        return query(text.on(dialect), row, parameters);
    }

    /** Returns the first row that a statement finds; empty if there is none. */
    public <T> Optional<T> first(String text, Row<T> row, @Nullable Object... parameters) throws SQLException {
        return query(text, row, parameters).stream().findFirst();
    }

    /** As {@link #first(String, Row, Object...)}. */
    public <T> Optional<T> first(Text text, Row<T> row, @Nullable Object... parameters) throws SQLException {
        return first(text.on(dialect), row, parameters);
    }

    /** Runs a statement, or on PostgreSQL several in one round trip. Returns how many rows the first one changed. */
    public int update(String text, @Nullable Object... parameters) throws SQLException {
        try (PreparedStatement update = prepared(text, parameters)) {
            update.execute();
            return update.getUpdateCount();
        }
    }

    /** As {@link #update(String, Object...)}. */
    public int update(Text text, @Nullable Object... parameters) throws SQLException {
        return update(text.on(dialect), parameters);
    }

    /**
     * Inserts a row unless its key exists. Waits for a transaction that holds the key. The text is {@code insert … on
     * conflict do nothing}; on MariaDB {@code insert ignore}, because its driver logs each failed insert.
     *
     * @return whether the row was inserted
     * @throws SQLException if the database failed, or a value does not fit into its column; {@code insert ignore}
     *     itself only warns of such a value
     */
    public boolean isInserted(String text, @Nullable Object... parameters) throws SQLException {
        try (PreparedStatement insert = prepared(text, parameters)) {
            insert.execute();
            boolean isInserted = insert.getUpdateCount() == 1;
            SQLWarning warning = dialect == Dialect.MARIADB ? insert.getWarnings() : null;
            for (; warning != null; warning = warning.getNextWarning()) {
                if (!SqlCondition.DUPLICATE_KEY.matchesFailure(warning)) {
                    throw new SQLException(warning.getMessage(), warning.getSQLState(), warning.getErrorCode());
                }
            }
            return isInserted;
        }
    }

    /**
     * Deletes at most as many rows as the last parameter specifies, and returns their number. On PostgreSQL concurrent
     * calls delete different rows; on MariaDB a call waits for the previous one.
     */
    public int deleteAtMost(String table, String condition, @Nullable Object... parameters) throws SQLException {
        String which = " from " + table + " where " + condition + " limit ?";
        String delete = dialect == Dialect.MARIADB
                ? "delete" + which
                : "delete from " + table + " where ctid = any (array(select ctid" + which + " for update skip locked))";
        return update(delete, parameters);
    }

    /** Runs a statement once with the parameters of each list. */
    public void updateEach(Text text, List<List<@Nullable Object>> parameters) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(dialect.inDialect(text.on(dialect)))) {
            for (List<@Nullable Object> each : parameters) {
                set(update, each.toArray());
                update.addBatch();
            }
            update.executeBatch();
        }
    }

    /**
     * Returns the parameter for a text with any characters. On PostgreSQL, U+0000 and characters that the database's
     * encoding lacks become {@code \\uXXXX}. Thus another service's message cannot prevent the storage of a verdict or
     * an attempt.
     */
    public @Nullable String text(@Nullable String text) throws SQLException {
        if (text == null || dialect != Dialect.POSTGRES || PLAIN.matcher(text).matches()) {
            return text;
        }
        if (charset == null) {
            charset = first("select getdatabaseencoding()", row -> encoding(row.getString(1)))
                    .orElse(StandardCharsets.US_ASCII);
        }
        CharsetEncoder encoder = charset.newEncoder();
        StringBuilder storable = new StringBuilder();
        text.codePoints().mapToObj(Character::toString).forEach(character -> {
            if (!character.equals("\0") && encoder.canEncode(character)) {
                storable.append(character);
            } else {
                character
                        .chars()
                        .forEach(unit ->
                                storable.append("\\u").append(HexFormat.of().toHexDigits((char) unit)));
            }
        });
        return storable.toString();
    }

    /** Returns the charset of a PostgreSQL encoding; ASCII if Java has no charset of that name. */
    private static Charset encoding(String name) {
        try {
            // SQL_ASCII stores the bytes that the driver sends
            return name.equals("SQL_ASCII")
                    ? StandardCharsets.UTF_8
                    : Charset.forName(name.replaceFirst("^WIN(?=125)", "windows-"));
        } catch (IllegalArgumentException unknown) {
            return StandardCharsets.US_ASCII;
        }
    }

    /** Returns the parameter for a name. MariaDB's tables store a name as UTF-8 bytes, which compare bytewise. */
    public @Nullable Object name(@Nullable String name) {
        return name == null || dialect == Dialect.POSTGRES ? name : name.getBytes(StandardCharsets.UTF_8);
    }

    /** As {@link #name}, for a list. */
    public List<Object> names(Collection<String> names) {
        return names.stream().map(name -> Objects.requireNonNull(name(name))).toList();
    }

    /** Reads a name; null if the column is null. */
    public @Nullable String name(ResultSet row, String column) throws SQLException {
        if (dialect == Dialect.POSTGRES) {
            return row.getString(column);
        }
        byte[] bytes = row.getBytes(column);
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    /** Reads a time; null if the column is null. */
    public @Nullable Instant time(ResultSet row, String column) throws SQLException {
        if (dialect == Dialect.POSTGRES) {
            OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
            return time == null ? null : time.toInstant();
        }
        LocalDateTime time = row.getObject(column, LocalDateTime.class);
        return time == null ? null : time.toInstant(ZoneOffset.UTC);
    }

    /** Reads a time from a column that is not null. */
    public Instant knownTime(ResultSet row, String column) throws SQLException {
        return Objects.requireNonNull(time(row, column), column);
    }

    /** Returns the parameter for {@code {micros}}: the duration in microseconds. */
    public static long micros(Duration duration) {
        return duration.toNanos() / 1000;
    }

    /** Returns a statement with its parameters, for a caller that reads several kinds of results. */
    public PreparedStatement prepared(String text, @Nullable Object... parameters) throws SQLException {
        String spelled = dialect.inDialect(text);
        for (int in = spelled.indexOf(IN), at = 0; in >= 0; in = spelled.indexOf(IN), at++) {
            while (!(parameters[at] instanceof List<?>)) {
                at++;
            }
            List<?> values = (List<?>) Objects.requireNonNull(parameters[at]);
            String marks = dialect == Dialect.POSTGRES
                    ? "= any (?)"
                    : "in (" + String.join(",", Collections.nCopies(values.size(), "?")) + ")";
            spelled = spelled.substring(0, in) + marks + spelled.substring(in + IN.length());
        }
        PreparedStatement statement = connection.prepareStatement(spelled);
        try {
            set(statement, parameters);
            return statement;
        } catch (SQLException | RuntimeException unusable) {
            statement.close();
            throw unusable;
        }
    }

    /**
     * Sets the parameters. PostgreSQL gets a list as an array. MariaDB has no arrays and gets one parameter per value.
     */
    private void set(PreparedStatement statement, @Nullable Object... parameters) throws SQLException {
        int next = 1;
        for (Object parameter : parameters) {
            if (!(parameter instanceof List<?> values)) {
                statement.setObject(next++, parameter);
            } else if (dialect == Dialect.POSTGRES) {
                statement.setArray(next++, connection.createArrayOf("text", values.toArray()));
            } else {
                for (Object value : values) {
                    statement.setObject(next++, value);
                }
            }
        }
    }
}
