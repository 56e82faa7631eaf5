package dev.entente.server.store;

import dev.entente.server.transaction.ParkReason;
import dev.entente.server.transaction.Parked;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How the mark of a parked transaction stands in {@code parked_reason}: the reason's name, a colon, the detail. */
final class ParkedColumn {
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
        ParkReason reason = ParkReason.valueOf(colon < 0 ? text : text.substring(0, colon));
        return new Parked(reason, colon < 0 ? "" : text.substring(colon + 1), since);
    }
}
