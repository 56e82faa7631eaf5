package dev.entente.server.participant;

import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.ParticipantConfig.Verdict;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A participant's no, whatever it came over, and the outcomes that follow from it. Immutable.
 *
 * @param text for people, of bounded length
 * @param code the business's own word for it, such as {@code OUT_OF_STOCK}, of bounded length; empty if it has none
 * @param isSettled whether it says that its verdict is stored
 * @param wish how long it wants to be left alone, or null
 */
public record Answer(
        String text,
        String code,
        boolean isSettled,
        @Nullable Duration wish) {
    /** A participant may not hold a transaction up for longer. */
    public static final Duration LONGEST_WISH = Duration.ofHours(24);

    /** The longest text for people, and the longest code. */
    public static final int MAX_DETAIL_CHARS = 500;

    public Answer {
        text = shortened(text);
        code = shortened(code);
    }

    /** The outcome that goes by one of our own words; null where the word is none of them. */
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

    /** The outcome that the participant's own table of codes says. */
    public Outcome byVerdict(Verdict verdict, boolean isNotFound) {
        return switch (verdict) {
            case REJECTED -> new Outcome.Rejected(text, isSettled, code);
            case FAILED -> new Outcome.Failed(text, isNotFound);
            case IN_PROGRESS -> new Outcome.InProgress(text, wish);
            case MISCONFIGURED -> new Outcome.Misconfigured(text, false);
            case UNKNOWN -> new Outcome.Unknown(text, wish);
        };
    }

    /** Puts a code before a text, unless the text begins with it. */
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

    /** A wish that neither holds a transaction up for ever nor has us call back at once for ever; else null. */
    public static @Nullable Duration bounded(@Nullable Duration wish) {
        if (wish == null || !wish.isPositive()) {
            return null;
        }
        return wish.compareTo(LONGEST_WISH) > 0 ? LONGEST_WISH : wish;
    }

    /** The children that an answer names, separated by commas; null where it names none. */
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
