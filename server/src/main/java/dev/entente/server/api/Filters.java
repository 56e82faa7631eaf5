package dev.entente.server.api;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.TransactionFilter;
import dev.entente.server.store.WaitKind;
import dev.entente.v1.TransactionFilterOrBuilder;
import dev.entente.v1.View;
import dev.entente.wire.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/** Converts the filters of list requests, and checks the texts that users enter. Pure. */
final class Filters {
    private static final int LONGEST_SHOWN = 100;
    private static final int STANDARD_ROWS = 50;
    static final int MAX_ROWS = 500;
    /** A limit beyond the age of any transaction, because the database's calendar is limited. */
    private static final Duration MAX_AGE = Duration.ofDays(36_500);

    private Filters() {}

    /**
     * @param lease of a coordinator; without a renewal within this time it stops work on its transactions
     * @throws Refusal ENT-001 for unknown states, patterns and kinds, and for texts and times that cannot be searched
     */
    static TransactionFilter of(TransactionFilterOrBuilder filter, Duration lease) {
        return of(filter, lease, Set.of());
    }

    /**
     * @param held the gids that await the filter's participant by the memory of coordinators
     * @throws Refusal as {@link #of(TransactionFilterOrBuilder, Duration)}
     */
    static TransactionFilter of(TransactionFilterOrBuilder filter, Duration lease, Set<String> held) {
        return new TransactionFilter(
                known(filter.getStatesValueList(), TransactionState::of, "filter.states", "a state, such as RUNNING"),
                known(
                        filter.getPatternsValueList(),
                        Pattern::of,
                        "filter.patterns",
                        "SAGA, TCC, TWO_PHASE, MESSAGE or NOTIFICATION"),
                filter.getOnlyOpen(),
                filter.getOnlyParked(),
                filter.getOnlyOverdue(),
                filter.getOnlyAwaitingApproval(),
                text(filter.getName(), "filter.name"),
                labels(filter.getLabelsMap()),
                text(filter.getParticipant(), "filter.participant"),
                filter.hasCreatedAfter() ? instant(filter.getCreatedAfter(), "filter.created_after") : null,
                filter.hasCreatedBefore() ? instant(filter.getCreatedBefore(), "filter.created_before") : null,
                text(filter.getGidPrefix(), "filter.gid_prefix"),
                gids(filter.getGidsList()),
                new TransactionFilter.Waits(
                        known(filter.getWaitingValueList(), WaitKind::of, "filter.waiting", "a kind, such as BACKOFF"),
                        known(
                                filter.getParkReasonsValueList(),
                                ParkReason::of,
                                "filter.park_reasons",
                                "a reason, such as UNDO_EXHAUSTED"),
                        text(filter.getParkError(), "filter.park_error"),
                        filter.hasOlderThan() ? age(filter.getOlderThan()) : null,
                        lease,
                        held));
    }

    private static Set<String> gids(List<String> gids) {
        if (gids.size() > MAX_ROWS) {
            throw malformed("filter.gids", "has " + gids.size() + " gids, at most " + MAX_ROWS + " are allowed");
        }
        return gids.stream().map(gid -> text(gid, "filter.gids")).collect(Collectors.toUnmodifiableSet());
    }

    private static Duration age(com.google.protobuf.Duration age) {
        if (!Durations.isValid(age) || Durations.isNegative(age)) {
            throw malformed("filter.older_than", "must be a valid duration that is not negative");
        }
        Duration given = Duration.ofSeconds(age.getSeconds(), age.getNanos());
        return given.compareTo(MAX_AGE) > 0 ? MAX_AGE : given;
    }

    /** Returns the values with these numbers in the API. */
    private static <T> Set<T> known(List<Integer> numbers, IntFunction<T> of, String field, String example) {
        try {
            return numbers.stream().map(of::apply).collect(Collectors.toUnmodifiableSet());
        } catch (IllegalArgumentException unknown) {
            throw malformed(field, "use " + example);
        }
    }

    /** @throws Refusal ENT-001 for an invalid time */
    static Instant instant(Timestamp timestamp, String field) {
        if (!Timestamps.isValid(timestamp)) {
            throw malformed(field, "is not a point in time between the years 1 and 9999");
        }
        return Times.instant(timestamp);
    }

    /** @throws Refusal ENT-001 for a text with NUL: a column cannot store NUL, so a search would find nothing */
    static String text(String text, String field) {
        if (text.indexOf('\0') >= 0) {
            throw malformed(field, "has a NUL character");
        }
        return text;
    }

    /** @throws Refusal ENT-001 for an unknown view */
    static View view(View view) {
        if (view == View.UNRECOGNIZED) {
            throw malformed("view", "use BASIC, FULL or OUTLINE");
        }
        return view;
    }

    /** @throws Refusal ENT-001 for a reason that is too long, or has a character that a column cannot store */
    static String reason(String reason) {
        if (reason.length() > TransactionRequest.MAX_REASON) {
            throw malformed(
                    "reason",
                    "has " + reason.length() + " characters, at most " + TransactionRequest.MAX_REASON + " are"
                            + " allowed");
        }
        return text(reason, "reason");
    }

    private static Map<String, String> labels(Map<String, String> labels) {
        labels.forEach((key, value) -> {
            var _ = text(key, "filter.labels");
            var _ = text(value, "filter.labels");
        });
        return labels;
    }

    /**
     * Returns the number of rows on a page.
     *
     * @param wanted 0: unspecified
     * @throws Refusal ENT-001 for a negative number
     */
    static int pageSize(int wanted) {
        if (wanted < 0) {
            throw malformed("page_size", "must not be negative; 0 means " + STANDARD_ROWS);
        }
        return wanted == 0 ? STANDARD_ROWS : Math.min(wanted, MAX_ROWS);
    }

    /** Returns ENT-001 for an invalid page token. */
    static Refusal noToken(String token) {
        String shown =
                token.length() <= LONGEST_SHOWN ? "'" + token + "'" : "a text of " + token.length() + " characters";
        return malformed(
                "page_token", shown + " is not a valid token; use the next_page_token of the page before, unchanged");
    }

    static Refusal malformed(String field, String message) {
        return Refusal.malformed(ErrorCode.MALFORMED, field, message);
    }
}
