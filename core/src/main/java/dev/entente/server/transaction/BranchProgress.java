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
 * @param unsent why the last call of the current operation has not left, or null: it has, or none was made
 * @param stuck why an operator must act before it goes on, or null
 * @param blockedBy the message that must be delivered before this one, as last seen; null where none is known
 * @param activity what its holder does for it at this moment; never stored
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
        @Nullable Unsent unsent,
        @Nullable ParkReason stuck,
        @Nullable String blockedBy,
        Activity activity) {

    /** The work of the holder of the transaction for a branch. */
    public enum Activity {
        NONE,
        /** The engine looks whether it is this delivery's turn: nothing has left. */
        AWAITING_TURN,
        /** All deliveries before it have ended, which stays so: it may be called. */
        HAS_TURN,
        /** A call is under way. */
        CALLING
    }

    public static final BranchProgress UNTOUCHED = new BranchProgress(
            BranchState.PENDING, Role.FORWARD, 0, 0, 0, "", null, 0, null, null, null, null, null, Activity.NONE);

    /** Tells whether a call of ours is under way. */
    public boolean isInFlight() {
        return activity == Activity.CALLING;
    }

    /** Tells whether the engine looks for its turn. */
    public boolean isAwaitingTurn() {
        return activity == Activity.AWAITING_TURN;
    }

    /** Tells whether nothing is left to be done for this branch once the direction is settled. */
    public boolean isSettled() {
        return switch (state) {
            case CONFIRMED, UNDONE, SKIPPED, RESOLVED -> true;
            case PENDING, CALLED, AWAITING_APPROVAL, DONE, REJECTED, FAILED -> false;
        };
    }

    /** Tells whether its forward operation has, or may have, done something that is not taken back yet. */
    public boolean mayHaveHappened() {
        return state == BranchState.CALLED || state == BranchState.DONE || state == BranchState.FAILED;
    }

    public BranchProgress in(BranchState newState) {
        boolean isOpen = newState == BranchState.PENDING || newState == BranchState.CALLED;
        return new BranchProgress(
                newState,
                role,
                attempts,
                sent,
                lastOutcome,
                lastError,
                response,
                doneRevision,
                nextAttemptAt,
                inProgressSince,
                unsent,
                stuck,
                isOpen ? blockedBy : null,
                isOpen || isInFlight() ? activity : Activity.NONE);
    }

    /** With a call of ours under way. */
    public BranchProgress calling() {
        boolean isForward = role == Role.FORWARD;
        return new BranchProgress(
                isForward ? BranchState.CALLED : state,
                role,
                attempts,
                isForward ? sent + 1 : sent,
                lastOutcome,
                lastError,
                response,
                doneRevision,
                null,
                inProgressSince,
                unsent,
                stuck,
                null,
                Activity.CALLING);
    }

    /** While the engine looks for its turn. */
    public BranchProgress awaitingTurn() {
        return inLine(null, blockedBy, Activity.AWAITING_TURN);
    }

    /** Now that all deliveries before it have ended. */
    public BranchProgress withTurn() {
        return inLine(null, null, Activity.HAS_TURN);
    }

    /**
     * Behind another message.
     *
     * @param head null if that one is not known
     * @param askAgainAt when to look again, or null while the engine goes on looking
     */
    public BranchProgress behind(@Nullable String head, @Nullable Instant askAgainAt) {
        return inLine(askAgainAt, head, askAgainAt == null ? Activity.AWAITING_TURN : Activity.NONE);
    }

    /** Behind another delivery of its own message, for whose end nobody looks in the table. */
    public BranchProgress behindOwn(String head) {
        return inLine(null, head, Activity.NONE);
    }

    private BranchProgress inLine(@Nullable Instant askAgainAt, @Nullable String head, Activity next) {
        return new BranchProgress(
                state,
                role,
                attempts,
                sent,
                lastOutcome,
                lastError,
                response,
                doneRevision,
                askAgainAt,
                inProgressSince,
                unsent,
                stuck,
                head,
                next);
    }

    /**
     * After a call that never left.
     *
     * @param tryAgainAt null while it still waits to leave
     */
    public BranchProgress unsent(@Nullable Instant tryAgainAt, Unsent why) {
        // what counts because nobody was reached for long is on record as a call that may have happened
        boolean isFirst = role == Role.FORWARD && sent == 1 && lastOutcome == 0;
        return new BranchProgress(
                isFirst ? BranchState.PENDING : state,
                role,
                attempts,
                role == Role.FORWARD ? sent - 1 : sent,
                lastOutcome,
                lastError,
                response,
                doneRevision,
                tryAgainAt,
                inProgressSince,
                why,
                stuck,
                null,
                Activity.NONE);
    }

    /** After a call ended. */
    public BranchProgress called(
            BranchState newState, int attempt, int outcome, String error, @Nullable ParkReason newStuck) {
        return new BranchProgress(
                newState,
                role,
                attempt,
                sent,
                outcome,
                error,
                response,
                doneRevision,
                null,
                inProgressSince,
                null,
                newStuck,
                null,
                Activity.NONE);
    }

    /** Done, with what is known of its response, if anything is. */
    public BranchProgress responded(@Nullable ByteString newResponse, int revision) {
        return new BranchProgress(
                state,
                role,
                attempts,
                sent,
                lastOutcome,
                lastError,
                newResponse,
                revision,
                nextAttemptAt,
                inProgressSince,
                unsent,
                stuck,
                blockedBy,
                activity);
    }

    public BranchProgress waiting(@Nullable Instant notBefore, @Nullable Instant newInProgressSince) {
        return new BranchProgress(
                state,
                role,
                attempts,
                sent,
                lastOutcome,
                lastError,
                response,
                doneRevision,
                notBefore,
                newInProgressSince,
                unsent,
                stuck,
                blockedBy,
                activity);
    }

    /** Not stuck and not waiting any more. */
    public BranchProgress restarted(int newAttempts) {
        return new BranchProgress(
                state,
                role,
                newAttempts,
                sent,
                lastOutcome,
                lastError,
                response,
                doneRevision,
                null,
                null,
                null,
                null,
                blockedBy,
                activity);
    }

    public BranchProgress stuckFor(ParkReason reason, String error) {
        return new BranchProgress(
                state,
                role,
                attempts,
                sent,
                lastOutcome,
                error,
                response,
                doneRevision,
                null,
                null,
                null,
                reason,
                null,
                activity);
    }

    /** Turned to another operation. */
    public BranchProgress turnedTo(BranchState newState, Role newRole) {
        return new BranchProgress(
                newState,
                newRole,
                0,
                sent,
                lastOutcome,
                lastError,
                response,
                doneRevision,
                null,
                null,
                null,
                null,
                null,
                activity);
    }

    /** Taken over from an owner that may have called it once more than is recorded. */
    public BranchProgress suspected() {
        return new BranchProgress(
                BranchState.CALLED,
                role,
                attempts,
                sent + 1,
                lastOutcome,
                lastError,
                response,
                doneRevision,
                nextAttemptAt,
                inProgressSince,
                unsent,
                stuck,
                blockedBy,
                activity);
    }
}
