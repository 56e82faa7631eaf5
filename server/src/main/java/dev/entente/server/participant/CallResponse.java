package dev.entente.server.participant;

import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.ParticipantConfig.Verdict;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A participant's response other than success, over any protocol, and its possible outcomes. Immutable.
 *
 * @param text the text for people, of bounded length
 * @param code the application's own code, such as {@code OUT_OF_STOCK}, of bounded length; empty if there is none
 * @param isSettled whether the response states that its verdict is stored
 * @param wish the requested delay before the next call, or null
 */
public record CallResponse(
        String text,
        String code,
        boolean isSettled,
        @Nullable Duration wish) {
    /** The longest delay that a participant may request, so that it cannot delay a transaction without bound. */
    public static final Duration LONGEST_WISH = Duration.ofHours(24);

    /** The maximum length of the text and of the code. */
    public static final int MAX_DETAIL_CHARS = 500;

    public CallResponse {
        text = shortened(text);
        code = shortened(code);
    }

    /** Returns the outcome for one of Entente's error reasons; null for any other reason. */
    public @Nullable Outcome byReason(String reason) {
        return switch (reason) {
            case "REJECTED" -> new Outcome.Rejected(text, isSettled, code);
            case "IN_PROGRESS" -> new Outcome.InProgress(text, wish);
            case "STALE_FENCE" -> new Outcome.StaleFence(text);
            case "MISCONFIGURED" -> new Outcome.Misconfigured(text, false);
            case "BARRIER_EXPIRED" -> new Outcome.Misconfigured(text, true);
            case "GONE" -> new Outcome.Failed(text, false, true);
            default -> null;
        };
    }

    /** Returns the outcome for a verdict, which the participant's settings assign to a status code. */
    public Outcome byVerdict(Verdict verdict, boolean isNotFound) {
        return switch (verdict) {
            case REJECTED -> new Outcome.Rejected(text, isSettled, code);
            case FAILED -> new Outcome.Failed(text, isNotFound);
            case IN_PROGRESS -> new Outcome.InProgress(text, wish);
            case MISCONFIGURED -> new Outcome.Misconfigured(text, false);
            case UNKNOWN -> new Outcome.Unknown(text, wish);
        };
    }

    /** Prefixes a text with a code, unless the text begins with the code. */
    public static String coded(String code, String text) {
        if (code.isEmpty() || text.equals(code) || text.startsWith(code + ":")) {
            return text;
        }
        return text.isEmpty() ? code : code + ": " + text;
    }

    /** Cuts a text for people to a bounded length. */
    public static String shortened(String text) {
        return text.length() <= MAX_DETAIL_CHARS ? text : text.substring(0, MAX_DETAIL_CHARS - 1) + "…";
    }

    /** Cuts a delay to {@link #LONGEST_WISH}. Returns null if the delay is not positive, to avoid a busy loop. */
    public static @Nullable Duration bounded(@Nullable Duration wish) {
        if (wish == null || !wish.isPositive()) {
            return null;
        }
        return wish.compareTo(LONGEST_WISH) > 0 ? LONGEST_WISH : wish;
    }

    /** Parses the comma-separated list of tried children in a response; null if the response has no list. */
    public static @Nullable Set<String> tried(@Nullable String text) {
        if (text == null) {
            return null;
        }
        Set<String> names = new HashSet<>();
        for (String name : text.split(",", -1)) {
            if (!name.isBlank()) {
                names.add(name.strip());
            }
        }
        return names;
    }
}
