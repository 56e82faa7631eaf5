package dev.entente.server.store;

import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.Refusal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;

/** Where a list went on: the last row seen of each table. Both go from newest to oldest, so what comes later is smaller. */
record PageToken(Key open, Key finished) {
    /** @param time of creation or of the finish, in microseconds as PostgreSQL keeps it */
    record Key(Instant time, String gid) {
        static final Key NEWEST = new Key(Instant.parse("9999-01-01T00:00:00Z"), "");

        private String text() {
            return ChronoUnit.MICROS.between(Instant.EPOCH, time) + " " + gid;
        }

        private static Key parse(String text) {
            int space = text.indexOf(' ');
            Instant time = Instant.EPOCH.plus(Long.parseLong(text.substring(0, space)), ChronoUnit.MICROS);
            String gid = text.substring(space + 1);
            if (time.isBefore(Instant.EPOCH) || time.isAfter(NEWEST.time) || gid.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("no row has this key");
            }
            return new Key(time, gid);
        }
    }

    static final PageToken FIRST = new PageToken(Key.NEWEST, Key.NEWEST);

    String text() {
        byte[] bytes = (open.text() + "\n" + finished.text()).getBytes(StandardCharsets.UTF_8);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** @throws Refusal ENT-001 for a token that no list has given */
    static PageToken parse(String text) {
        if (text.isEmpty()) {
            return FIRST;
        }
        try {
            String[] keys = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8).split("\n", -1);
            return new PageToken(Key.parse(keys[0]), Key.parse(keys[1]));
        } catch (RuntimeException e) {
            throw Refusal.of(
                    ErrorCode.MALFORMED,
                    "page_token: '" + text + "' is none; use the next_page_token of the page before, unchanged");
        }
    }
}
