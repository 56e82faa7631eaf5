package dev.entente.server.store;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanBytes;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Selects the transactions to list or count. Everything that is set must hold.
 *
 * @param states any of them; empty for all
 * @param patterns any of them; empty for all
 * @param isOpen only unfinished ones
 * @param isParked only those that wait for an operator
 * @param isOverdue only those that are due and that nobody has taken
 * @param isAwaitingApproval only those that wait for a person's approval
 * @param name the business name; empty for any
 * @param labels all of them
 * @param participant the one whose call is repeated after an attempt without success, or who holds the row back, which
 *     unfinished ones alone have; empty for any
 * @param createdAfter exclusive, or null
 * @param createdBefore exclusive, or null
 * @param gidPrefix empty for any
 */
public record TransactionFilter(
        Set<TransactionState> states,
        Set<Pattern> patterns,
        boolean isOpen,
        boolean isParked,
        boolean isOverdue,
        boolean isAwaitingApproval,
        String name,
        Map<String, String> labels,
        String participant,
        @Nullable Instant createdAfter,
        @Nullable Instant createdBefore,
        String gidPrefix) {

    /** Everything. */
    public static final TransactionFilter ALL =
            new TransactionFilter(Set.of(), Set.of(), false, false, false, false, "", Map.of(), "", null, null, "");

    /**
     * The same for equal filters on every coordinator, and hardly ever for others. Without the times of creation, which
     * move with the clock where they were given as ages: what still matches stays in its place.
     */
    public String digest() {
        String text = new TreeSet<>(states)
                + "\0" + new TreeSet<>(patterns)
                + "\0" + isOpen
                + isParked
                + isOverdue
                + isAwaitingApproval
                + "\0" + name
                + "\0" + new TreeMap<>(labels)
                + "\0" + participant
                + "\0" + gidPrefix;
        byte[] digest = PlanBytes.digest(ByteString.copyFromUtf8(text)).toByteArray();
        return HexFormat.of().formatHex(digest, 0, 8);
    }

    /** Tells whether finished ones can match. */
    public boolean includesFinished() {
        return !isOpen
                && !isParked
                && !isOverdue
                && !isAwaitingApproval
                && participant.isEmpty()
                && (states.isEmpty() || states.stream().anyMatch(TransactionState::isTerminal));
    }

    /** Tells whether unfinished ones can match. */
    public boolean includesOpen() {
        return states.isEmpty() || states.stream().anyMatch(state -> !state.isTerminal());
    }
}
