package dev.entente.server.store;

import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How the mark of a parked transaction stands in {@code parked_reason}: the reason's name, a colon, the detail. A mark
 * that a failover or a restore covers stands in further lines.
 */
public final class ParkedColumn {
    private static final Map<String, ParkReason> REASONS =
            Arrays.stream(ParkReason.values()).collect(Collectors.toMap(Enum::name, Function.identity()));

    private ParkedColumn() {}

    public static String text(Parked parked) {
        return parked.reason().name() + ":" + StorableText.of(parked.detail());
    }

    /** Reads a reason's name. What only a newer coordinator knows waits for an operator all the same. */
    public static ParkReason reason(String name) {
        return REASONS.getOrDefault(name, ParkReason.UNREADABLE_ROW);
    }

    static @Nullable Parked parse(@Nullable String text, @Nullable Instant since) {
        if (text == null || since == null) {
            return null;
        }
        int colon = text.indexOf(':');
        ParkReason reason = REASONS.get(colon < 0 ? text : text.substring(0, colon));
        // A newer coordinator's reason: an operator must still see that it waits, and in whose words.
        if (reason == null) {
            return new Parked(ParkReason.UNREADABLE_ROW, text, since);
        }
        String detail = colon < 0 ? "" : text.substring(colon + 1);
        return new Parked(reason, reason.awaitsRecovery() ? withCovered(detail) : detail, since);
    }

    /**
     * A failover's or a restore's detail, in one line with the mark that it covers. An operator's own mark is shown by
     * itself.
     */
    private static String withCovered(String detail) {
        int end = detail.indexOf('\n');
        if (end < 0) {
            return detail;
        }
        String covered = detail.substring(end + 1);
        return covered.startsWith(ParkReason.BY_OPERATOR.name() + ":")
                ? detail.substring(0, end)
                : detail.substring(0, end) + "; parked before as " + covered.replaceFirst(":", ": ");
    }
}
