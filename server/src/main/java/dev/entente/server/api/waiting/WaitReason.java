package dev.entente.server.api.waiting;

import com.google.protobuf.util.Timestamps;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.MessageTerms;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Unsent;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.store.TransactionFilter;
import dev.entente.server.store.WaitKind;
import dev.entente.v1.Waiting;
import dev.entente.v1.Waiting.Kind;
import dev.entente.wire.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Finds the reason why one transaction waits. Immutable. */
public final class WaitReason {
    private final Snapshot snapshot;
    private final Known known;
    private final Instant now;

    private WaitReason(Snapshot snapshot, Known known, Instant now) {
        this.snapshot = snapshot;
        this.known = known;
        this.now = now;
    }

    /**
     * The knowledge beyond the transaction itself.
     *
     * @param holds the reason why a call is not sent, by branch; null if the owner's memory was not read
     * @param silentOwner the owner, if it is dead, its lease has lapsed, or it did not respond
     */
    public record Known(
            @Nullable Map<Integer, WaitKind> holds,
            @Nullable SilentOwner silentOwner) {
        /** No knowledge. */
        public static final Known NOTHING = new Known(null, null);
    }

    /**
     * A coordinator that does not report about its transactions.
     *
     * @param lastBeat its last heartbeat
     * @param leaseEnd the time from which other coordinators may take over its transactions
     * @param mayBeAtWork whether it may still run: its lease is valid, and its process is not known to have ended
     */
    public record SilentOwner(String node, Instant lastBeat, Instant leaseEnd, boolean mayBeAtWork) {}

    /**
     * Finds the reason in the API's form, without the sentence. Of several reasons the most relevant for an operator
     * counts: a reason of the complete transaction, then an approval, then the longest waiting call.
     *
     * @return without a kind if the transaction has finished, or does not wait
     */
    public static Waiting.Builder of(Snapshot snapshot, Known known, Instant now) {
        Waiting.Builder found = new WaitReason(snapshot, known, now).found();
        return found == null ? Waiting.newBuilder() : found;
    }

    private Waiting.@Nullable Builder found() {
        Progress progress = snapshot.progress();
        if (progress.state().isTerminal()) {
            return null;
        }
        SilentOwner silent = known.silentOwner();
        if (silent != null && !silent.mayBeAtWork()) {
            return ofOwner(silent);
        }
        Parked parked = progress.parked();
        if (parked != null) {
            return ofParked(parked);
        }
        Waiting.Builder unheld = snapshot.owner() == null ? withoutCapacity() : null;
        return unheld == null ? ofState() : unheld;
    }

    private Waiting.Builder ofOwner(SilentOwner silent) {
        Instant next = silent.leaseEnd().isAfter(now) ? silent.leaseEnd() : null;
        return whole(Kind.DEAD_OWNER, silent.lastBeat(), next).setLastError(silent.node());
    }

    private static Waiting.Builder whole(Kind kind, Instant since, @Nullable Instant next) {
        Waiting.Builder wait = Waiting.newBuilder().setKind(kind).setSince(Times.proto(since));
        return next == null ? wait : wait.setNextTime(Times.proto(next));
    }

    private Waiting.Builder ofParked(Parked parked) {
        Waiting.Builder wait = IntStream.range(0, snapshot.progress().branches().size())
                .filter(index -> snapshot.progress().branch(index).stuck() == parked.reason())
                .mapToObj(index -> ofBranch(index, Kind.PARKED, parked.since()).clearNextTime())
                .findFirst()
                .orElseGet(() -> whole(Kind.PARKED, parked.since(), null));
        return wait.setLastError(parked.reason().name() + (parked.detail().isEmpty() ? "" : ": " + parked.detail()));
    }

    private Waiting.@Nullable Builder withoutCapacity() {
        String participant = snapshot.heldBackBy();
        Instant due = snapshot.dueAt();
        if (participant != null) {
            return whole(Kind.NO_CAPACITY, WaitSince.ofAll(snapshot), null).setParticipant(participant);
        }
        return due != null && due.plus(TransactionFilter.UNTAKEN_AFTER).isBefore(now)
                ? whole(Kind.NO_CAPACITY, due, null)
                : null;
    }

    private Waiting.@Nullable Builder ofState() {
        return switch (snapshot.progress().state()) {
            case BEGUN -> ofBegun();
            case SCHEDULED ->
                whole(Kind.START_TIME, snapshot.createdAt(), snapshot.plan().startTime());
            case RUNNING, COMPLETING, UNDOING -> ofBranches();
            case SUCCEEDED, ABORTED, GIVEN_UP -> null;
        };
    }

    private Waiting.Builder ofBegun() {
        int check = snapshot.plan().checkBack();
        if (check < 0) {
            return whole(Kind.CLIENT_DECISION, snapshot.createdAt(), snapshot.deadlineAt());
        }
        Waiting.Builder asked = ofBranch(check, Kind.CHECK_BACK, snapshot.createdAt());
        return asked.hasNextTime() || asked.getAttempts() > 0 ? asked : asked.setNextTime(Times.proto(firstCheck()));
    }

    private Instant firstCheck() {
        MessageTerms terms = snapshot.plan().terms();
        return snapshot.createdAt().plus(Objects.requireNonNullElse(terms.firstCheckAfter(), Duration.ZERO));
    }

    // ---- branches

    private Waiting.@Nullable Builder ofBranches() {
        Waiting.Builder found = IntStream.range(
                        0, snapshot.progress().branches().size())
                .mapToObj(this::ofBranch)
                .filter(Objects::nonNull)
                .min(Comparator.<Waiting.Builder, Boolean>comparing(wait -> wait.getKind() != Kind.APPROVAL)
                        .thenComparing(Waiting.Builder::getSince, Timestamps.comparator()))
                .orElse(null);
        boolean isAtWork = found == null && snapshot.owner() != null && known.holds() == null;
        if (isAtWork && known.silentOwner() != null) {
            return ofOwner(known.silentOwner()); // only the owner knows whether it sent a call
        }
        return isAtWork ? whole(Kind.CALLING, WaitSince.ofAll(snapshot), null) : found;
    }

    private Waiting.@Nullable Builder ofBranch(int index) {
        BranchProgress progress = snapshot.progress().branch(index);
        Branch branch = snapshot.plan().branches().get(index);
        Operation operation = branch.operation(progress.role());
        WaitKind hold = known.holds() == null ? null : known.holds().get(index);
        Kind kind = operation == null || progress.state().isSettled() || progress.stuck() != null
                ? null
                : kind(progress, operation, hold);
        if (kind == null) {
            return null;
        }
        Waiting.Builder wait = ofBranch(index, kind, WaitSince.ofBranch(snapshot, index));
        if (kind == Kind.APPROVAL && branch.approval() != null) {
            wait.setPrompt(branch.approval().prompt());
        }
        return kind == Kind.CHILD ? wait.setBlockedBy(snapshot.gid() + "/" + branch.id()) : wait;
    }

    private static @Nullable Kind kind(BranchProgress progress, Operation operation, @Nullable WaitKind hold) {
        if (progress.state() == BranchState.AWAITING_APPROVAL) {
            return Kind.APPROVAL;
        } else if (progress.blockedBy() != null || progress.isAwaitingPosition()) {
            return Kind.BLOCKED;
        }
        Unsent unsent = progress.next().unsent();
        if (!progress.isInFlight() && progress.nextAttemptAt() == null && unsent == null) {
            return null;
        } else if (operation.child() != null) {
            return Kind.CHILD;
        } else if (hold != null) {
            return Kind.valueOf(hold.name());
        } else if (!progress.isInFlight() && unsent != null) {
            return unsent.unreachableSince() == null ? Kind.NOT_SENT : Kind.CONNECTING;
        } else if (progress.lastOutcome() == Outcome.IN_PROGRESS) {
            return Kind.IN_PROGRESS;
        }
        return progress.isInFlight() ? Kind.CALLING : Kind.BACKOFF;
    }

    private static String lastError(BranchProgress progress) {
        Unsent unsent = progress.isInFlight() ? null : progress.next().unsent();
        return unsent == null ? progress.tried().lastError() : unsent.why();
    }

    private Waiting.Builder ofBranch(int index, Kind kind, Instant since) {
        Branch branch = snapshot.plan().branches().get(index);
        BranchProgress progress = snapshot.progress().branch(index);
        Operation operation = branch.operation(progress.role());
        return whole(kind, since, progress.nextAttemptAt())
                .setBranch(branch.shownId())
                .setParticipant(operation == null ? "" : operation.target().participant())
                .setAttempts(progress.attempts())
                .setBlockedBy(Objects.requireNonNullElse(progress.blockedBy(), ""))
                .setLastError(lastError(progress));
    }
}
