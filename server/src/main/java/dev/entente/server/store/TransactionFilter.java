package dev.entente.server.store;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.GlobalTransaction;
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
 * The selection of transactions to list or count. All set conditions must hold.
 *
 * @param states any of these; empty for all
 * @param patterns any of these; empty for all
 * @param isOpen only unfinished transactions
 * @param isParked only transactions that wait for an operator
 * @param isOverdue only due transactions that no coordinator has taken
 * @param isAwaitingApproval only transactions that wait for a person's approval
 * @param name the business name; empty for any
 * @param labels all of these
 * @param participant an awaited participant; finished transactions have none. With kinds of waits: the participant of the
 *     shown wait. Empty for any
 * @param createdAfter exclusive, or null
 * @param createdBefore exclusive, or null
 * @param gidPrefix empty for any
 * @param gids any of these; empty for all
 * @param waits the conditions on waits
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
        Set<String> gids,
        Waits waits) {

    /**
     * The selection by the kind and the duration of waits.
     *
     * @param kinds any of these; empty for all
     * @param reasons parked for any of these; empty for all
     * @param error parked with this {@link ParkedColumn#ERROR}; empty for any
     * @param olderThan created longer ago than this, by the database's clock; or null
     * @param lapsedAfter the time without a sign of life after which a coordinator's lease has lapsed
     * @param held the gids that await the participant by the memory of coordinators, in addition to the rows that show it
     */
    public record Waits(
            Set<WaitKind> kinds,
            Set<ParkReason> reasons,
            String error,
            @Nullable Duration olderThan,
            Duration lapsedAfter,
            Set<String> held) {
        /** The selection without conditions on waits. */
        public static final Waits ANY = new Waits(Set.of(), Set.of(), "", null, Duration.ZERO, Set.of());
    }

    /**
     * The time after which an untaken due row counts as waiting for capacity: by then, each coordinator with capacity
     * has looked for due rows.
     */
    public static final Duration UNTAKEN_AFTER = Duration.ofMillis(750);

    /** The largest difference between a creation in memory and in the row. */
    private static final Duration CLOCK_STEP = Duration.ofMinutes(1);

    /** The selection of all transactions. */
    public static final TransactionFilter ALL = new TransactionFilter(
            Set.of(), Set.of(), false, false, false, false, "", Map.of(), "", null, null, "", Set.of(), Waits.ANY);

    /** Returns whether the tables alone are not sufficient, so that the wait of each row must be determined. */
    public boolean examinesRows() {
        return !waits.kinds().isEmpty()
                && (!participant.isEmpty() || !waits.kinds().stream().allMatch(WaitKind::isInTable));
    }

    /**
     * Returns whether the transactions that await the participant are searched in rows and memory. A message that has
     * not been checked back awaits no participant, but its shown wait has one.
     */
    public boolean searchesAwaited() {
        return !participant.isEmpty() && !waits.kinds().contains(WaitKind.CHECK_BACK);
    }

    /**
     * Returns whether the row of a transaction in memory may match: the memory has an estimate of the creation, and does
     * not decide all conditions.
     */
    public boolean mayInclude(GlobalTransaction transaction, Instant now) {
        TransactionState state = transaction.state();
        Instant created = transaction.createdAt();
        Duration olderThan = waits.olderThan();
        // the start is not written ahead: the row may still show SCHEDULED
        boolean isOfState = states.contains(state)
                || (state == TransactionState.RUNNING && states.contains(TransactionState.SCHEDULED));
        return (states.isEmpty() || isOfState)
                && (patterns.isEmpty() || patterns.contains(transaction.plan().pattern()))
                && (name.isEmpty() || name.equals(transaction.plan().name()))
                && transaction.plan().labels().entrySet().containsAll(labels.entrySet())
                && transaction.gid().startsWith(gidPrefix)
                && (gids.isEmpty() || gids.contains(transaction.gid()))
                && (createdAfter == null || created.isAfter(createdAfter.minus(CLOCK_STEP)))
                && (createdBefore == null || created.isBefore(createdBefore.plus(CLOCK_STEP)))
                && (olderThan == null || created.isBefore(now.minus(olderThan).plus(CLOCK_STEP)));
    }

    /** Returns whether finished transactions are found only by a scan: no index leads to them. */
    public boolean needsWalk() {
        return !isIndexed() && !(choosesAnyKind() && createdBefore == null && choosesAnyStart());
    }

    /**
     * Returns whether each transaction that had finished at {@link #createdBefore} matches. Then only transactions that
     * finished later need a scan.
     */
    public boolean needsWalkOfLaterEnds() {
        return !isIndexed() && choosesAnyKind() && createdBefore != null && choosesAnyStart();
    }

    private boolean isIndexed() {
        return !labels.isEmpty() || !gidPrefix.isEmpty() || !gids.isEmpty();
    }

    private boolean choosesAnyKind() {
        return states.isEmpty() && patterns.isEmpty() && name.isEmpty();
    }

    private boolean choosesAnyStart() {
        return createdAfter == null && waits.olderThan() == null;
    }

    /**
     * Returns a digest that is the same for equal filters on every coordinator, and almost always different for other
     * filters. Times of creation are excluded, because ages move with the clock: transactions that still match keep
     * their position.
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
                + new TreeSet<>(waits.reasons())
                // If both are empty, the digest equals that of version 0.1.
                + (waits.error().isEmpty() ? "" : "\0" + waits.error())
                + (gids.isEmpty() ? "" : "\0" + new TreeSet<>(gids));
        byte[] digest = PlanBytes.digest(ByteString.copyFromUtf8(text)).toByteArray();
        return HexFormat.of().formatHex(digest, 0, 8);
    }

    /** Returns whether finished transactions can match. */
    public boolean includesFinished() {
        return !isOpen
                && !isParked
                && !isOverdue
                && !isAwaitingApproval
                && participant.isEmpty()
                && waits.kinds().isEmpty()
                && waits.reasons().isEmpty()
                && waits.error().isEmpty()
                && (states.isEmpty() || states.stream().anyMatch(TransactionState::isTerminal));
    }

    /** Returns whether unfinished transactions can match. */
    public boolean includesOpen() {
        return states.isEmpty() || states.stream().anyMatch(state -> !state.isTerminal());
    }
}
