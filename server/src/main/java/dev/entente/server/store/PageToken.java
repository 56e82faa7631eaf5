package dev.entente.server.store;

import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.Refusal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Where a list went on: the last row seen of each table. Both go from newest to oldest, so what comes later is smaller.
 *
 * @param began when the first page was asked for, by the database's clock: what finished later may have been shown as open. Null for the first
 *     page, and where an older coordinator gave the token
 */
record PageToken(Key open, Key finished, @Nullable Instant began) {
    /** @param time of creation or of the finish, in microseconds as PostgreSQL keeps it */
    record Key(Instant time, String gid) {
        static final Key NEWEST = new Key(Instant.parse("9999-01-01T00:00:00Z"), "");

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

    static final PageToken FIRST = new PageToken(Key.NEWEST, Key.NEWEST, null);

    String text() {
        String start = began == null ? "" : "\n" + ChronoUnit.MICROS.between(Instant.EPOCH, began);
        byte[] bytes = (open.text() + "\n" + finished.text() + start).getBytes(StandardCharsets.UTF_8);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** @throws Refusal ENT-001 for a token that no list has given */
    static PageToken parse(String text) {
        if (text.isEmpty()) {
            return FIRST;
        }
        try {
            String[] keys = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8).split("\n", -1);
            Instant began = keys.length < 3 ? null : Key.time(keys[2]);
            return new PageToken(Key.parse(keys[0]), Key.parse(keys[1]), began);
        } catch (RuntimeException e) {
            throw Refusal.of(
                    ErrorCode.MALFORMED,
                    "page_token: '" + text + "' is none; use the next_page_token of the page before, unchanged");
        }
    }
}
