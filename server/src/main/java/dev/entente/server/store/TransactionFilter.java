package dev.entente.server.store;

import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.TransactionState;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which transactions are listed or counted. Everything that is set must hold.
 *
 * @param states any of them; empty for all
 * @param patterns any of them; empty for all
 * @param isOpen only unfinished ones
 * @param isParked only those that wait for an operator
 * @param isOverdue only those that are due and that nobody has taken
 * @param isAwaitingApproval only those that wait for a person's approval
 * @param name the business name; empty for any
 * @param labels all of them
 * @param participant the one whose call is being retried, which unfinished ones alone have; empty for any
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

    /** Whether finished ones can match. */
    boolean includesFinished() {
        return !isOpen
                && !isParked
                && !isOverdue
                && !isAwaitingApproval
                && participant.isEmpty()
                && (states.isEmpty() || states.stream().anyMatch(TransactionState::isTerminal));
    }

    /** Whether unfinished ones can match. */
    boolean includesOpen() {
        return states.isEmpty() || states.stream().anyMatch(state -> !state.isTerminal());
    }
}
