package dev.entente.server.api.waiting;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.MessageTerms;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Unsent;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Transactions.Hold;
import dev.entente.server.store.TransactionFilter;
import dev.entente.server.store.WaitKind;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The wait of one transaction.
 *
 * @param branch the branch that waits, or empty: all of it
 * @param participant the one that is waited for; empty where there is none, or none is known
 * @param since by the database's clock
 * @param attempts counted so far
 * @param nextAt when it goes on by itself, or null: not by the clock
 * @param blockedBy the transaction that is waited for; empty where there is none
 * @param lastError what was wrong last; empty for nothing
 */
public record WaitReason(
        WaitKind kind,
        String branch,
        String participant,
        Instant since,
        int attempts,
        @Nullable Instant nextAt,
        String blockedBy,
        String lastError) {

    /**
     * The knowledge beyond the transaction itself.
     *
     * @param holds what keeps calls from leaving, by branch; null where the holder's memory was not asked
     * @param silentOwner its owner, if that is dead, its lease has lapsed, or it did not answer
     */
    public record Known(
            @Nullable Map<Integer, Hold> holds, @Nullable SilentOwner silentOwner) {
        /** Knows nothing. */
        public static final Known NOTHING = new Known(null, null);
    }

    /**
     * A coordinator that does not tell of what it owns.
     *
     * @param lastBeat its last sign of life
     * @param leaseEnd from when on others may take over what it owns
     * @param mayBeAtWork whether it may go on: its lease lasts, and its process is not known to have ended
     */
    public record SilentOwner(String node, Instant lastBeat, Instant leaseEnd, boolean mayBeAtWork) {}

    /**
     * Finds what a transaction waits for. Of several waits the one that an operator looks at first counts: that of all
     * of it, then an approval, then the call that has waited longest.
     *
     * @return null where it has ended, or waits for nothing
     */
    public static @Nullable WaitReason of(Snapshot snapshot, Known known, Instant now) {
        Progress progress = snapshot.progress();
        if (progress.state().isTerminal()) {
            return null;
        }
        SilentOwner silent = known.silentOwner();
        if (silent != null && !silent.mayBeAtWork()) {
            return ofOwner(silent, now);
        }
        Parked parked = progress.parked();
        if (parked != null) {
            return ofParked(snapshot, parked);
        }
        WaitReason unheld = snapshot.owner() == null ? withoutRoom(snapshot, now) : null;
        return unheld == null ? ofState(snapshot, known, now) : unheld;
    }

    private static WaitReason ofOwner(SilentOwner silent, Instant now) {
        Instant next = silent.leaseEnd().isAfter(now) ? silent.leaseEnd() : null;
        return whole(WaitKind.DEAD_OWNER, "", silent.lastBeat(), next, silent.node());
    }

    private static WaitReason whole(
            WaitKind kind, String participant, Instant since, @Nullable Instant next, String lastError) {
        return new WaitReason(kind, "", participant, since, 0, next, "", lastError);
    }

    private static WaitReason ofParked(Snapshot snapshot, Parked parked) {
        String why = parked.reason().name() + (parked.detail().isEmpty() ? "" : ": " + parked.detail());
        for (int i = 0; i < snapshot.progress().branches().size(); i++) {
            if (snapshot.progress().branch(i).stuck() == parked.reason()) {
                return ofBranch(snapshot, i, WaitKind.PARKED, parked.since(), why)
                        .at(null);
            }
        }
        return whole(WaitKind.PARKED, "", parked.since(), null, why);
    }

    private static @Nullable WaitReason withoutRoom(Snapshot snapshot, Instant now) {
        String participant = snapshot.heldBackBy();
        Instant due = snapshot.dueAt();
        if (participant != null) {
            return whole(WaitKind.NO_ROOM, participant, WaitSince.ofAll(snapshot), null, "");
        }
        return due != null && due.plus(TransactionFilter.UNTAKEN_AFTER).isBefore(now)
                ? whole(WaitKind.NO_ROOM, "", due, null, "")
                : null;
    }

    private static @Nullable WaitReason ofState(Snapshot snapshot, Known known, Instant now) {
        return switch (snapshot.progress().state()) {
            case BEGUN -> ofBegun(snapshot);
            case SCHEDULED ->
                whole(
                        WaitKind.START_TIME,
                        "",
                        snapshot.createdAt(),
                        snapshot.plan().startTime(),
                        "");
            case RUNNING, COMPLETING, UNDOING -> ofBranches(snapshot, known, now);
            case SUCCEEDED, ABORTED, GIVEN_UP -> null;
        };
    }

    private static WaitReason ofBegun(Snapshot snapshot) {
        int check = snapshot.plan().checkBack();
        if (check < 0) {
            return whole(WaitKind.CLIENT_DECISION, "", snapshot.createdAt(), snapshot.deadlineAt(), "");
        }
        WaitReason asked = ofBranch(
                snapshot,
                check,
                WaitKind.CHECK_BACK,
                snapshot.createdAt(),
                lastError(snapshot.progress().branch(check)));
        return asked.nextAt() != null || asked.attempts() > 0 ? asked : asked.at(firstCheck(snapshot));
    }

    private static Instant firstCheck(Snapshot snapshot) {
        MessageTerms terms = snapshot.plan().terms();
        return snapshot.createdAt().plus(Objects.requireNonNullElse(terms.firstCheckAfter(), Duration.ZERO));
    }

    // ---- branches

    private static @Nullable WaitReason ofBranches(Snapshot snapshot, Known known, Instant now) {
        WaitReason found = IntStream.range(0, snapshot.progress().branches().size())
                .mapToObj(index -> ofBranch(snapshot, index, known))
                .filter(Objects::nonNull)
                .min(Comparator.<WaitReason, Boolean>comparing(wait -> wait.kind() != WaitKind.APPROVAL)
                        .thenComparing(WaitReason::since))
                .orElse(null);
        boolean isAtWork = found == null && snapshot.owner() != null && known.holds() == null;
        if (isAtWork && known.silentOwner() != null) {
            return ofOwner(known.silentOwner(), now); // whether any call left, it alone knows
        }
        return isAtWork ? whole(WaitKind.CALLING, "", WaitSince.ofAll(snapshot), null, "") : found;
    }

    private static @Nullable WaitReason ofBranch(Snapshot snapshot, int index, Known known) {
        BranchProgress progress = snapshot.progress().branch(index);
        Plan plan = snapshot.plan();
        Operation operation = plan.branches().get(index).operation(progress.role());
        Hold hold = known.holds() == null ? null : known.holds().get(index);
        WaitKind kind = operation == null || progress.state().isSettled() || progress.stuck() != null
                ? null
                : kind(progress, operation, hold);
        if (kind == null) {
            return null;
        }
        WaitReason wait = ofBranch(snapshot, index, kind, WaitSince.ofBranch(snapshot, index), lastError(progress));
        return kind == WaitKind.CHILD
                ? wait.blockedBy(
                        snapshot.gid() + "/" + plan.branches().get(index).id())
                : wait;
    }

    private static @Nullable WaitKind kind(BranchProgress progress, Operation operation, @Nullable Hold hold) {
        if (progress.state() == BranchState.AWAITING_APPROVAL) {
            return WaitKind.APPROVAL;
        } else if (progress.blockedBy() != null || progress.isAwaitingTurn()) {
            return WaitKind.BLOCKED;
        }
        Unsent unsent = progress.next().unsent();
        if (!progress.isInFlight() && progress.nextAttemptAt() == null && unsent == null) {
            return null;
        } else if (operation.child() != null) {
            return WaitKind.CHILD;
        } else if (hold != null) {
            return switch (hold) {
                case CONNECTION -> WaitKind.CONNECTING;
                case CIRCUIT -> WaitKind.CIRCUIT_OPEN;
                case LIMIT -> WaitKind.IN_FLIGHT_LIMIT;
                case ROOM -> WaitKind.NO_ROOM;
            };
        } else if (!progress.isInFlight() && unsent != null) {
            return unsent.unreachableSince() == null ? WaitKind.NOT_SENT : WaitKind.CONNECTING;
        } else if (progress.lastOutcome() == Outcome.IN_PROGRESS) {
            return WaitKind.IN_PROGRESS;
        }
        return progress.isInFlight() ? WaitKind.CALLING : WaitKind.BACKOFF;
    }

    private static String lastError(BranchProgress progress) {
        Unsent unsent = progress.isInFlight() ? null : progress.next().unsent();
        return unsent == null ? progress.tried().lastError() : unsent.why();
    }

    private static WaitReason ofBranch(Snapshot snapshot, int index, WaitKind kind, Instant since, String lastError) {
        Branch branch = snapshot.plan().branches().get(index);
        BranchProgress progress = snapshot.progress().branch(index);
        Operation operation = branch.operation(progress.role());
        String before = progress.blockedBy();
        return new WaitReason(
                kind,
                branch.shownId(),
                operation == null ? "" : operation.target().participant(),
                since,
                progress.attempts(),
                progress.nextAttemptAt(),
                before == null ? "" : before,
                lastError);
    }

    private WaitReason at(@Nullable Instant next) {
        return new WaitReason(kind, branch, participant, since, attempts, next, blockedBy, lastError);
    }

    /** This, behind that transaction; also where a caller may not know which it is. */
    public WaitReason blockedBy(String other) {
        return new WaitReason(kind, branch, participant, since, attempts, nextAt, other, lastError);
    }
}
