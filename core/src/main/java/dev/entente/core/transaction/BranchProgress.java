package dev.entente.core.transaction;

import com.google.protobuf.ByteString;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The progress of one branch.
 *
 * @param role the operation that is being worked on
 * @param sent forward calls that can have left, counting those that an earlier owner may have sent; never reset
 * @param tried the attempts of that operation
 * @param known the response of the forward operation
 * @param next the next call of that operation
 * @param activity what its holder does for it at this moment; never stored
 */
public record BranchProgress(
        BranchState state,
        Role role,
        int sent,
        AttemptCount tried,
        KnownResponse known,
        NextCall next,
        Activity activity) {
    /** The last error of a branch that a coordinator which died may have called, with no answer on record. */
    public static final String TAKEN_OVER =
            "it was called, or about to be, when its coordinator ended; nobody knows whether the call left";

    public static final BranchProgress UNTOUCHED = new BranchProgress(
            BranchState.PENDING, Role.FORWARD, 0, AttemptCount.NONE, KnownResponse.NONE, NextCall.FREE, Activity.NONE);

    public int attempts() {
        return tried.counted();
    }

    public int lastOutcome() {
        return tried.lastOutcome();
    }

    public @Nullable ByteString response() {
        return known.body();
    }

    public @Nullable Instant nextAttemptAt() {
        return next.notBefore();
    }

    public @Nullable ParkReason stuck() {
        return next.stuck();
    }

    public @Nullable String blockedBy() {
        return next.blockedBy();
    }

    /** Tells whether a call of ours is under way. */
    public boolean isInFlight() {
        return activity == Activity.CALLING;
    }

    /** Tells whether the engine looks for its turn. */
    public boolean isAwaitingTurn() {
        return activity == Activity.AWAITING_TURN;
    }

    public BranchProgress in(BranchState newState) {
        boolean isOpen = newState == BranchState.PENDING || newState == BranchState.CALLED;
        Activity left = isOpen || isInFlight() ? activity : Activity.NONE;
        AttemptCount told = newState == BranchState.CALLED ? tried : unsuspected();
        return new BranchProgress(newState, role, sent, told, known, isOpen ? next : next.unblocked(), left);
    }

    /** With a call of ours under way. */
    public BranchProgress calling() {
        BranchState left = role == Role.FORWARD ? BranchState.CALLED : state;
        int allSent = role == Role.FORWARD ? sent + 1 : sent;
        return new BranchProgress(left, role, allSent, tried, known, next.behind(null, null), Activity.CALLING);
    }

    /** While the engine looks for its turn. */
    public BranchProgress awaitingTurn() {
        return with(next.behind(next.blockedBy(), null), Activity.AWAITING_TURN);
    }

    /** Now that all deliveries before it have ended. */
    public BranchProgress withTurn() {
        return with(next.behind(null, null), Activity.HAS_TURN);
    }

    /** Behind that message, if it is known; asked for again at that time, or by the engine, which goes on looking. */
    public BranchProgress behind(@Nullable String head, @Nullable Instant askAgainAt) {
        return with(next.behind(head, askAgainAt), askAgainAt == null ? Activity.AWAITING_TURN : Activity.NONE);
    }

    /** Behind another delivery of its own message, for whose end nobody looks in the table. */
    public BranchProgress behindOwn(String head) {
        return with(next.behind(head, null), Activity.NONE);
    }

    /** After a call that never left; it is tried again at that time, or still waits to leave. */
    public BranchProgress unsent(@Nullable Instant tryAgainAt, Unsent why) {
        // what counts because nobody was reached for long is on record as a call that may have happened
        boolean isFirst = role == Role.FORWARD && sent == 1 && lastOutcome() == 0;
        BranchState left = isFirst ? BranchState.PENDING : state;
        int allSent = role == Role.FORWARD ? sent - 1 : sent;
        return new BranchProgress(left, role, allSent, tried, known, next.unsent(tryAgainAt, why), Activity.NONE);
    }

    /** After a call ended. */
    public BranchProgress called(BranchState left, AttemptCount now, @Nullable ParkReason stuck) {
        return new BranchProgress(left, role, sent, now, known, next.answered(stuck), Activity.NONE);
    }

    /** Done, with what is known of its response, if anything is. */
    public BranchProgress responded(@Nullable ByteString response, int revision) {
        return new BranchProgress(state, role, sent, tried, new KnownResponse(response, revision), next, activity);
    }

    public BranchProgress waiting(@Nullable Instant notBefore, @Nullable Instant inProgressSince) {
        return with(next.waiting(notBefore, inProgressSince), activity);
    }

    /** Not stuck and not waiting any more. */
    public BranchProgress restarted(int attempts) {
        return new BranchProgress(state, role, sent, tried.countedAs(attempts), known, next.freed(), activity);
    }

    public BranchProgress stuckFor(ParkReason reason, String error) {
        return new BranchProgress(state, role, sent, tried.failing(error), known, NextCall.stuckFor(reason), activity);
    }

    /** Turned to another operation. */
    public BranchProgress turnedTo(BranchState newState, Role other) {
        return new BranchProgress(newState, other, sent, unsuspected().countedAs(0), known, NextCall.FREE, activity);
    }

    /** Taken over from an owner that may have called it once more than is recorded. */
    public BranchProgress suspected() {
        AttemptCount told = tried.equals(AttemptCount.NONE) ? tried.failing(TAKEN_OVER) : tried;
        return new BranchProgress(BranchState.CALLED, role, sent + 1, told, known, next, activity);
    }

    private AttemptCount unsuspected() {
        return tried.lastError().equals(TAKEN_OVER) ? tried.failing("") : tried;
    }

    private BranchProgress with(NextCall other, Activity now) {
        return new BranchProgress(state, role, sent, tried, known, other, now);
    }
}
