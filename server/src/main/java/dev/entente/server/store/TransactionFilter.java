package dev.entente.server.store;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanBytes;
import java.time.Duration;
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
 *     unfinished ones alone have; with kinds of waits, the one that is waited for; empty for any
 * @param createdAfter exclusive, or null
 * @param createdBefore exclusive, or null
 * @param gidPrefix empty for any
 * @param waits what they wait for
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
        String gidPrefix,
        Waits waits) {

    /**
     * Selects by what is waited for, and for how long.
     *
     * @param kinds any of them; empty for all
     * @param reasons parked for any of them; empty for all
     * @param olderThan created longer ago than this, by the database's clock; or null
     * @param lapsedAfter so long without a sign of life a coordinator's lease has lapsed
     */
    public record Waits(
            Set<WaitKind> kinds,
            Set<ParkReason> reasons,
            @Nullable Duration olderThan,
            Duration lapsedAfter) {
        /** Whatever is waited for, or nothing. */
        public static final Waits ANY = new Waits(Set.of(), Set.of(), null, Duration.ZERO);
    }

    /** The time for which a row is due and not taken before it waits for room: each coordinator with room looked since. */
    public static final Duration UNTAKEN_AFTER = Duration.ofMillis(750);

    /** Everything. */
    public static final TransactionFilter ALL = new TransactionFilter(
            Set.of(), Set.of(), false, false, false, false, "", Map.of(), "", null, null, "", Waits.ANY);

    /** Tells whether the tables alone cannot choose: what each row waits for has to be looked at. */
    public boolean needsLook() {
        return !waits.kinds().isEmpty()
                && (!participant.isEmpty() || !waits.kinds().stream().allMatch(WaitKind::isInTable));
    }

    /** Tells whether finished ones are found only by looking at one after another: no index leads to them. */
    public boolean needsWalk() {
        return !isIndexed() && !(choosesAnyKind() && createdBefore == null && choosesAnyStart());
    }

    /** Tells whether all match that had ended when {@link #createdBefore} was: only later ends need a walk. */
    public boolean needsWalkOfLaterEnds() {
        return !isIndexed() && choosesAnyKind() && createdBefore != null && choosesAnyStart();
    }

    private boolean isIndexed() {
        return !labels.isEmpty() || !gidPrefix.isEmpty();
    }

    private boolean choosesAnyKind() {
        return states.isEmpty() && patterns.isEmpty() && name.isEmpty();
    }

    private boolean choosesAnyStart() {
        return createdAfter == null && waits.olderThan() == null;
    }

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
                + "\0" + gidPrefix
                + "\0" + new TreeSet<>(waits.kinds())
                + new TreeSet<>(waits.reasons());
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
                && waits.kinds().isEmpty()
                && waits.reasons().isEmpty()
                && (states.isEmpty() || states.stream().anyMatch(TransactionState::isTerminal));
    }

    /** Tells whether unfinished ones can match. */
    public boolean includesOpen() {
        return states.isEmpty() || states.stream().anyMatch(state -> !state.isTerminal());
    }
}
