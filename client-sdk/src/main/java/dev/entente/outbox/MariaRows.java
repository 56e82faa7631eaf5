package dev.entente.outbox;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads rows of the outbox on MariaDB, and spells lists of parameters, for which it has no arrays. */
final class MariaRows {
    private MariaRows() {}

    /** The first message of a key. */
    record Head(String id, String key, long position) {}

    static List<Head> heads(PreparedStatement select) throws SQLException {
        try (ResultSet rows = select.executeQuery()) {
            List<Head> heads = new ArrayList<>();
            while (rows.next()) {
                heads.add(new Head(string(rows, "id"), text(rows.getBytes("ordering_key")), rows.getLong("position")));
            }
            return heads;
        }
    }

    /** Reads claimed messages, sorted by their positions. */
    static List<Claimed> claimed(PreparedStatement select) throws SQLException {
        List<Claimed> claimed = new ArrayList<>();
        try (ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                Duration triedFor = Duration.ofNanos(Math.max(0, rows.getLong("tried_for")) * 1000);
                claimed.add(new Claimed(message(rows), text(rows.getBytes("destination")), triedFor));
            }
        }
        claimed.sort((one, other) ->
                Long.compare(one.message().position(), other.message().position()));
        return claimed;
    }

    private static OutgoingMessage message(ResultSet row) throws SQLException {
        return new OutgoingMessage(
                string(row, "id"),
                row.getLong("position"),
                key(row),
                string(row, "kind"),
                string(row, "address"),
                string(row, "method"),
                headers(string(row, "headers")),
                Objects.requireNonNull(row.getBytes("payload")),
                row.getInt("attempts"),
                instant(row, "enqueued_at"));
    }

    private static Map<String, String> headers(String lines) {
        Map<String, String> headers = new HashMap<>();
        String[] words = lines.split("\n", -1);
        for (int i = 0; i + 1 < words.length; i += 2) {
            headers.put(words[i], words[i + 1]);
        }
        return headers;
    }

    static String string(ResultSet row, String column) throws SQLException {
        return Objects.requireNonNull(row.getString(column), column);
    }

    static Instant instant(ResultSet row, String column) throws SQLException {
        return Objects.requireNonNull(row.getObject(column, LocalDateTime.class))
                .toInstant(ZoneOffset.UTC);
    }

    static @Nullable String key(ResultSet row) throws SQLException {
        byte[] key = row.getBytes("ordering_key");
        return key == null ? null : text(key);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Reads a name; empty where there is none. */
    static String text(byte @Nullable [] bytes) {
        return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
    }

    /** Returns as many marks as there are values, in parentheses. */
    static String marks(Collection<?> values) {
        return "(" + String.join(",", Collections.nCopies(values.size(), "?")) + ")";
    }

    /** Repeats a select, and unites what the repetitions find. */
    static String united(String select, int times) {
        return String.join(" union all ", Collections.nCopies(times, select));
    }

    /** Sets texts one after another, from that parameter on. */
    static void set(PreparedStatement statement, int first, Collection<String> texts) throws SQLException {
        int next = first;
        for (String text : texts) {
            statement.setString(next++, text);
        }
    }

    /** Runs a statement that ends with a list of ids, unless that is empty; returns how many rows it changed. */
    static int update(Connection connection, String sql, Collection<String> ids) throws SQLException {
        if (ids.isEmpty()) {
            return 0;
        }
        try (PreparedStatement update = connection.prepareStatement(sql + marks(ids))) {
            set(update, 1, ids);
            return update.executeUpdate();
        }
    }

    /** Cuts values into lists of at most that many. */
    static <T> List<List<T>> parts(Collection<T> values, int most) {
        List<T> all = List.copyOf(values);
        List<List<T>> parts = new ArrayList<>();
        for (int from = 0; from < all.size(); from += most) {
            parts.add(all.subList(from, Math.min(all.size(), from + most)));
        }
        return parts;
    }
}
