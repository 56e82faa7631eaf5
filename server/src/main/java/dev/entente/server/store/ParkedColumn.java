package dev.entente.server.store;

import dev.entente.server.transaction.ParkReason;
import dev.entente.server.transaction.Parked;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How the mark of a parked transaction stands in {@code parked_reason}: the reason's name, a colon, the detail. */
final class ParkedColumn {
    private static final Map<String, ParkReason> REASONS =
            Arrays.stream(ParkReason.values()).collect(Collectors.toMap(Enum::name, Function.identity()));

    private ParkedColumn() {}

    static String text(Parked parked) {
        // PostgreSQL's text cannot hold NUL, and a participant's words may.
        return parked.reason().name() + ":" + parked.detail().replace('\0', ' ');
    }

    static @Nullable Parked parse(@Nullable String text, @Nullable Instant since) {
        if (text == null || since == null) {
            return null;
        }
        int colon = text.indexOf(':');
        ParkReason reason = REASONS.get(colon < 0 ? text : text.substring(0, colon));
        // A newer coordinator's reason: an operator must still see that it waits, and in whose words.
        return reason == null
                ? new Parked(ParkReason.UNREADABLE_ROW, text, since)
                : new Parked(reason, colon < 0 ? "" : text.substring(colon + 1), since);
    }
}
