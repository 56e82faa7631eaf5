package dev.entente.server.store.admin;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.store.TransactionFilter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The position at which a list continues: the last row seen of each kind. Both kinds go from newest to oldest, so later
 * keys are smaller.
 *
 * @param open among transactions that were unfinished when the list began, by creation
 * @param finished among transactions that had finished by then
 * @param began by the database's clock: transactions that finish from then on keep their position as open transactions.
 *     Null for the first page, and if only one kind is listed
 * @param filter a digest of the filter and the order of the token's list, see {@link #list}
 */
record PageToken(Key open, Key finished, @Nullable Instant began, String filter) {
    /**
     * The sort key of a page's last row.
     *
     * @param time the creation or the finish, in microseconds as in PostgreSQL
     */
    record Key(Instant time, String gid) {
        static final Key NEWEST = new Key(Instant.parse("9999-01-01T00:00:00Z"), "");
        static final Key OLDEST = new Key(Instant.EPOCH, "");

        private String text() {
            return ChronoUnit.MICROS.between(Instant.EPOCH, time) + " " + gid;
        }

        private static Key parse(String text) {
            int space = text.indexOf(' ');
            String gid = text.substring(space + 1);
            if (gid.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("no row has this key");
            }
            return new Key(time(text.substring(0, space)), gid);
        }

        private static Instant time(String micros) {
            Instant time = Instant.EPOCH.plus(Long.parseLong(micros), ChronoUnit.MICROS);
            if (time.isBefore(Instant.EPOCH) || time.isAfter(NEWEST.time)) {
                throw new IllegalArgumentException("no row has this time");
            }
            return time;
        }
    }

    String text() {
        String start = began == null ? "" : String.valueOf(ChronoUnit.MICROS.between(Instant.EPOCH, began));
        byte[] bytes =
                String.join("\n", open.text(), finished.text(), start, filter).getBytes(StandardCharsets.UTF_8);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Returns a text that is the same for equal lists, and almost always different for other lists. */
    static String list(TransactionFilter filter, boolean isSlowestFirst) {
        return filter.digest() + (isSlowestFirst ? " slowest" : "");
    }

    /**
     * Reads the token of that list; the first page has none.
     *
     * @param isSlowestFirst whether the list has open transactions, oldest first
     * @throws Refusal ENT-001 for an invalid token, and for the token of another list
     */
    static PageToken of(TransactionFilter filter, boolean isSlowestFirst, String text) {
        String list = list(filter, isSlowestFirst);
        Key first = isSlowestFirst ? Key.OLDEST : Key.NEWEST;
        PageToken token = text.isEmpty() ? new PageToken(first, Key.NEWEST, null, list) : parse(text);
        if (!token.filter.equals(list)) {
            throw Refusal.of(
                    ErrorCode.MALFORMED,
                    "page_token: the token belongs to a list with another filter; keep the filter, or start without a"
                            + " token");
        }
        return token;
    }

    private static PageToken parse(String text) {
        try {
            String[] keys = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8).split("\n", -1);
            Instant began = keys[2].isEmpty() ? null : Key.time(keys[2]);
            return new PageToken(Key.parse(keys[0]), Key.parse(keys[1]), began, keys[3]);
        } catch (RuntimeException e) {
            throw Refusal.of(
                    ErrorCode.MALFORMED,
                    "page_token: '" + text + "' is not a valid token; use the next_page_token of the page before,"
                            + " unchanged");
        }
    }
}
