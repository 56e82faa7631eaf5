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
 * The format of the parked mark in {@code parked_reason}: the reason's name, a colon, the detail. Further lines contain
 * a mark that a failover or a restore covers.
 */
public final class ParkedColumn {
    /**
     * The error text of a parked row, as an SQL expression: the first line of the detail, at most 160 characters, with
     * {@code #} for each number and UUID, except in codes such as ENT-089; {@code -} for none. Transactions that failed
     * alike have one error text.
     */
    public static final String ERROR = """
        coalesce(nullif(btrim(left(regexp_replace(
          left(split_part(substr(parked_reason, strpos(parked_reason, ':') + 1), chr(10), 1), 320),
          '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<!ENT-|[0-9])[0-9]+', '#', 'g'), 160), ' ' || chr(9) || chr(13)), ''), '-')\
        """;

    private static final Map<String, ParkReason> REASONS =
            Arrays.stream(ParkReason.values()).collect(Collectors.toMap(Enum::name, Function.identity()));

    private ParkedColumn() {}

    public static String text(Parked parked) {
        return parked.reason().name() + ":" + StorableText.of(parked.detail());
    }

    /** Returns the reason with that name. A reason that only newer coordinators know also waits for an operator. */
    public static ParkReason reason(String name) {
        return REASONS.getOrDefault(name, ParkReason.UNREADABLE_ROW);
    }

    static @Nullable Parked parse(@Nullable String text, @Nullable Instant since) {
        if (text == null || since == null) {
            return null;
        }
        int colon = text.indexOf(':');
        ParkReason reason = REASONS.get(colon < 0 ? text : text.substring(0, colon));
        // A newer coordinator's reason: an operator must still see that the transaction waits, and the original text.
        if (reason == null) {
            return new Parked(ParkReason.UNREADABLE_ROW, text, since);
        }
        String detail = colon < 0 ? "" : text.substring(colon + 1);
        return new Parked(reason, reason.awaitsRecovery() ? withCovered(detail) : detail, since);
    }

    /**
     * Returns the detail of a failover or a restore on one line with the covered mark. An operator's own mark is shown
     * separately.
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
