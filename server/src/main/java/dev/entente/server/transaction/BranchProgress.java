package dev.entente.server.transaction;

import com.google.protobuf.ByteString;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far one branch is.
 *
 * @param role the operation that is being worked on
 * @param attempts counted attempts of that operation, since the last Retry by an operator
 * @param sent forward calls that can have left, counting those that an earlier owner may have sent; never reset
 * @param lastOutcome code of the last finished call of the current operation, 0 for none
 * @param lastError its detail, for people
 * @param response of the forward operation, kept only where something reads it; null if unknown or not kept
 * @param doneRevision the history's size when the forward response became known: it is durable once a write has covered that revision
 * @param nextAttemptAt not before, or null for at once
 * @param inProgressSince since when the current operation answers nothing but "in progress", or null
 * @param stuck why an operator must act before it goes on, or null
 * @param isInFlight whether a call of ours is under way; never stored
 */
public record BranchProgress(
        BranchState state,
        Role role,
        int attempts,
        int sent,
        int lastOutcome,
        String lastError,
        @Nullable ByteString response,
        int doneRevision,
        @Nullable Instant nextAttemptAt,
        @Nullable Instant inProgressSince,
        @Nullable ParkReason stuck,
        boolean isInFlight) {

    public static final BranchProgress UNTOUCHED =
            new BranchProgress(BranchState.PENDING, Role.FORWARD, 0, 0, 0, "", null, 0, null, null, null, false);

    /** Whether nothing is left to do for this branch in the direction of that role. */
    public boolean isSettled() {
        return switch (state) {
            case CONFIRMED, UNDONE, SKIPPED, RESOLVED -> true;
            case PENDING, CALLED, AWAITING_APPROVAL, DONE, REJECTED, FAILED -> false;
        };
    }
}
