package dev.entente.simulation.reference;

/**
 * One coordinator's knowledge of one operation of one branch.
 *
 * <p>Applies "Attempts" 2 to 4, and "Who is undone" 2.
 */
final class OperationStatus {
    /** The latest outcome. */
    enum Last {
        NONE,
        SUCCEEDED,
        /** A refusal that can be believed. */
        REJECTED,
        /** A refusal that cannot be believed. */
        FAILED,
        EXHAUSTED,
        STATED_DONE,
        STATED_UNDONE,
        STATED_NEVER,
        DROPPED
    }

    /** The minute of repeated calls ("Attempts" 5). */
    private static final long UNREACHABLE_MILLIS = 60_000;

    /** The longest delay from a participant's answer to its record. */
    private static final long RECORDED_MILLIS = 5_000;

    private final int limit;
    private final boolean isAskedAgain;
    private Last last = Last.NONE;
    private long lastAt;
    private int sent;
    private int suspected;
    /** The recorded calls without an answer: an observer cannot know whether they left ("Attempts" 1). */
    private int silencesOnRecord;

    private int attempts;
    private int inFlight;
    private int unrecordedSilences;
    private boolean isCounted;
    private boolean isMisconfigured;
    /** The time of the first UNREACHABLE since any other answer, where NOT_SENT does not count; -1 for none. */
    private long unreachableSince = -1;

    private boolean isUnsure;
    private boolean wasReopened;
    private boolean isActedUpon;

    /**
     * @param limit the maximum number of attempts
     * @param isAskedAgain whether a refusal that cannot be believed counts as no answer ("Switch to undo" 2, pivot)
     */
    OperationStatus(int limit, boolean isAskedAgain) {
        this.limit = limit;
        this.isAskedAgain = isAskedAgain;
    }

    // ---- events

    void left() {
        sent++;
        inFlight++;
        goOnAfterUnsureNo();
        if (last != Last.NONE || isMisconfigured) {
            reopen(true);
        }
    }

    /** Resets an unsure refusal: the next call of the pivot shows that the refusal was not believed. */
    private void goOnAfterUnsureNo() {
        if (mayBeAskedAgain()) {
            last = Last.NONE;
            isUnsure = false;
        }
    }

    /** Records that an earlier coordinator may have made one more, unknown call. */
    void suspect() {
        suspected++;
    }

    /** Adds a recorded call that has ended. */
    void recorded(long at, OutcomeKind kind, boolean isUnsureWhetherSettled) {
        sent++;
        inFlight++;
        if (kind == OutcomeKind.SILENCE) {
            silencesOnRecord++;
        }
        goOnAfterUnsureNo();
        isUnsure = false;
        received(at, kind);
        isUnsure |= kind == OutcomeKind.REJECTED_SETTLED && isUnsureWhetherSettled && sent + suspected > 1;
    }

    /** Counts a recorded attempt without an answer that no observed call explains ("Attempts" 1 and 2). */
    void recordedSilence(long at) {
        if (unrecordedSilences > 0) {
            unrecordedSilences--;
        } else {
            attempts++;
            isCounted = true;
            noAnswer(at);
        }
    }

    /** Records a call of this coordinator that was not answered. */
    void receivedNothing() {
        unrecordedSilences++;
    }

    /** Applies the outcome of a call, as interpreted by the pattern's section "What an answer means". */
    void received(long at, OutcomeKind kind) {
        inFlight--;
        lastAt = at;
        switch (kind) {
            case IN_PROGRESS, NOT_SENT, OK, UNREACHABLE -> {}
            case REJECTED, REJECTED_SETTLED, FAILED, NOT_FOUND, GONE, MISCONFIGURED, SILENCE -> attempts++;
        }
        if (kind != OutcomeKind.UNREACHABLE && kind != OutcomeKind.NOT_SENT) {
            unreachableSince = -1;
        }
        switch (kind) {
            case OK -> end(at, Last.SUCCEEDED);
            case REJECTED -> rejected(at);
            case REJECTED_SETTLED -> end(at, Last.REJECTED);
            case FAILED, NOT_FOUND, GONE -> failed(at);
            case MISCONFIGURED -> isMisconfigured = true;
            case SILENCE -> noAnswer(at);
            case UNREACHABLE -> unreachable(at);
            case NOT_SENT -> sent--;
            case IN_PROGRESS -> {}
        }
    }

    /** Applies "Attempts" 5: calls are repeated for a while, then an operator must decide. */
    private void unreachable(long at) {
        unreachableSince = unreachableSince < 0 ? at : unreachableSince;
        isMisconfigured = at - unreachableSince > UNREACHABLE_MILLIS + RECORDED_MILLIS;
    }

    /** Applies "Who is undone" 2. */
    private void rejected(long at) {
        int surelySent = sent - silencesOnRecord + suspected;
        if (surelySent <= 1) {
            end(at, Last.REJECTED);
            isUnsure = sent + suspected > 1;
        } else {
            failed(at);
        }
    }

    private void failed(long at) {
        if (isAskedAgain) {
            noAnswer(at);
        } else {
            end(at, Last.FAILED);
        }
    }

    private void noAnswer(long at) {
        if (attempts >= limit) {
            end(at, Last.EXHAUSTED);
        }
    }

    void end(long at, Last outcome) {
        last = outcome;
        lastAt = at;
        isMisconfigured = false;
        isUnsure = false;
        isActedUpon = false;
    }

    /** Applies "Who is undone" 3: an operator has requested retry or resume since the latest outcome. */
    void actedUpon() {
        isActedUpon = true;
    }

    /**
     * Applies "Who is undone" 3: returns whether the operation is rejected or failed, and no operator has acted since.
     * An exhausted operation does not count, because it may have succeeded.
     */
    boolean isFinalNo() {
        return (last == Last.REJECTED || last == Last.FAILED) && !isActedUpon;
    }

    /** Applies an operator's retry or resume: a refused, exhausted or misconfigured operation can be called again. */
    void reopen(boolean isRetry) {
        if (isNo() || isMisconfigured) {
            last = Last.NONE;
            isMisconfigured = false;
            unreachableSince = -1;
            attempts = isRetry ? 0 : Math.min(attempts, limit - 1);
            wasReopened = true;
        }
    }

    // ---- knowledge

    Last last() {
        return last;
    }

    long lastAt() {
        return lastAt;
    }

    boolean isInFlight() {
        return inFlight > 0;
    }

    /** Applies "Who is undone" 3: returns whether a call is known, or an attempt without an answer is on record. */
    boolean countsAsCalled() {
        return sent > 0 || isCounted;
    }

    /** Returns whether an earlier coordinator may have made an unknown call. */
    boolean isSuspected() {
        return suspected > 0;
    }

    boolean isMisconfigured() {
        return isMisconfigured;
    }

    /** Returns whether it is unknown if the only known refusal can be believed, because its answer is ambiguous. */
    boolean isUnsure() {
        return isUnsure;
    }

    /** Returns whether the refusal may count as no answer, because it is unknown whether it can be believed. */
    boolean mayBeAskedAgain() {
        return isAskedAgain && isUnsure && last == Last.REJECTED;
    }

    boolean isDone() {
        return last == Last.SUCCEEDED || last == Last.STATED_DONE;
    }

    /** Returns whether the outcome is a refusal or exhausted. */
    boolean isNo() {
        return last == Last.REJECTED || last == Last.FAILED || last == Last.EXHAUSTED;
    }

    /** Returns whether no attempt may be left; a "misconfigured" and a resume may have been counted. */
    boolean mayBeExhausted() {
        return last == Last.EXHAUSTED || (last == Last.NONE && sent >= limit) || (wasReopened && attempts > 0);
    }
}
