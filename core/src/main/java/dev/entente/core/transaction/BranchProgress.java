package dev.entente.core.transaction;

import com.google.protobuf.ByteString;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The progress of one branch.
 *
 * @param role the current operation
 * @param sent forward calls that may have left, including calls that an earlier owner may have sent; never reset
 * @param tried the attempts of the current operation
 * @param known the response of the forward operation
 * @param next the next call of the current operation
 * @param activity the current work of the owner for the branch; never stored
 */
public record BranchProgress(
        BranchState state,
        Role role,
        int sent,
        AttemptCount tried,
        KnownResponse known,
        NextCall next,
        Activity activity) {
    /** The last error of a branch without a recorded answer that a crashed coordinator may have called. */
    public static final String TAKEN_OVER =
            "the coordinator failed before or during the call; it is unknown whether the call was sent";

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

    /** Returns whether a call by this coordinator is in flight. */
    public boolean isInFlight() {
        return activity == Activity.CALLING;
    }

    /** Returns whether the engine checks the position of the delivery in its queue. */
    public boolean isAwaitingPosition() {
        return activity == Activity.AWAITING_POSITION;
    }

    public BranchProgress in(BranchState newState) {
        boolean isOpen = newState == BranchState.PENDING || newState == BranchState.CALLED;
        Activity left = isOpen || isInFlight() ? activity : Activity.NONE;
        AttemptCount reported = newState == BranchState.CALLED ? tried : unsuspected();
        return new BranchProgress(newState, role, sent, reported, known, isOpen ? next : next.unblocked(), left);
    }

    /** Returns this progress with a call in flight. */
    public BranchProgress calling() {
        BranchState left = role == Role.FORWARD ? BranchState.CALLED : state;
        int allSent = role == Role.FORWARD ? sent + 1 : sent;
        return new BranchProgress(left, role, allSent, tried, known, next.behind(null, null), Activity.CALLING);
    }

    /** Returns this progress while the engine checks the delivery's position in its queue. */
    public BranchProgress awaitingPosition() {
        return with(next.behind(next.blockedBy(), null), Activity.AWAITING_POSITION);
    }

    /** Returns this progress after all earlier deliveries have finished. */
    public BranchProgress atHead() {
        return with(next.behind(null, null), Activity.AT_HEAD);
    }

    /**
     * Returns this progress as blocked by that message, if the message is known. Without a time, the engine keeps
     * checking.
     */
    public BranchProgress behind(@Nullable String head, @Nullable Instant askAgainAt) {
        return with(next.behind(head, askAgainAt), askAgainAt == null ? Activity.AWAITING_POSITION : Activity.NONE);
    }

    /**
     * Returns this progress as blocked by another delivery of its own message. The message itself records the end of
     * that delivery, without a query.
     */
    public BranchProgress behindOwn(String head) {
        return with(next.behind(head, null), Activity.NONE);
    }

    /**
     * Returns this progress after a call that never left. The next try is at that time; null while the call still
     * waits.
     */
    public BranchProgress unsent(@Nullable Instant tryAgainAt, Unsent why) {
        // an attempt counted after long unreachability is on record as a possible call
        boolean isFirst = role == Role.FORWARD && sent == 1 && lastOutcome() == 0;
        BranchState left = isFirst ? BranchState.PENDING : state;
        int allSent = role == Role.FORWARD ? sent - 1 : sent;
        return new BranchProgress(left, role, allSent, tried, known, next.unsent(tryAgainAt, why), Activity.NONE);
    }

    /** Returns this progress after a call ended. */
    public BranchProgress called(BranchState left, AttemptCount now, @Nullable ParkReason stuck) {
        return new BranchProgress(left, role, sent, now, known, next.answered(stuck), Activity.NONE);
    }

    /** Returns this progress with the response, which is null if it is unknown or not kept. */
    public BranchProgress responded(@Nullable ByteString response, int revision) {
        return new BranchProgress(state, role, sent, tried, new KnownResponse(response, revision), next, activity);
    }

    public BranchProgress waiting(@Nullable Instant notBefore, @Nullable Instant inProgressSince) {
        return with(next.waiting(notBefore, inProgressSince), activity);
    }

    /** Returns this progress without a park reason and without a wait. */
    public BranchProgress restarted(int attempts) {
        return new BranchProgress(state, role, sent, tried.countedAs(attempts), known, next.freed(), activity);
    }

    public BranchProgress stuckFor(ParkReason reason, String error) {
        return new BranchProgress(state, role, sent, tried.failing(error), known, NextCall.stuckFor(reason), activity);
    }

    /** Returns this progress with another current operation. */
    public BranchProgress switchedToOperation(BranchState newState, Role other) {
        return new BranchProgress(newState, other, sent, unsuspected().countedAs(0), known, NextCall.FREE, activity);
    }

    /** Returns this progress after a takeover: the earlier owner may have made one call that is not recorded. */
    public BranchProgress suspected() {
        AttemptCount reported = tried.equals(AttemptCount.NONE) ? tried.failing(TAKEN_OVER) : tried;
        return new BranchProgress(BranchState.CALLED, role, sent + 1, reported, known, next, activity);
    }

    private AttemptCount unsuspected() {
        return tried.lastError().equals(TAKEN_OVER) ? tried.failing("") : tried;
    }

    private BranchProgress with(NextCall other, Activity now) {
        return new BranchProgress(state, role, sent, tried, known, other, now);
    }
}
