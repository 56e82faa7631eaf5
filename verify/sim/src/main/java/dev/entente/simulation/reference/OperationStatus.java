package dev.entente.simulation.reference;

/**
 * One coordinator's knowledge of one operation of one branch.
 *
 * <p>Attempts 2 to 4, and Who is undone 2.
 */
final class OperationStatus {
    /** The last word on it. */
    enum Last {
        NONE,
        SUCCEEDED,
        /** A no that can be believed. */
        REJECTED,
        /** A no that cannot. */
        FAILED,
        EXHAUSTED,
        STATED_DONE,
        STATED_UNDONE,
        STATED_NEVER,
        DROPPED
    }

    /** Attempts 5: a minute of asking, and what an answer takes from the participant to the record. */
    private static final long NOBODY_MILLIS = 60_000;

    private static final long RECORDED_MILLIS = 5_000;

    private final int limit;
    private final boolean isAskedAgain;
    private Last last = Last.NONE;
    private long lastAt;
    private int sent;
    private int suspected;
    /**
     * The silences on record among the calls sent: nobody outside can tell whether such a call had left (Attempts 1).
     */
    private int silencesOnRecord;

    private int attempts;
    private int underWay;
    private int unrecordedSilences;
    private boolean isCounted;
    private boolean isMisconfigured;
    /** Since when it is told of nobody else but that nobody is there; -1 if it is not. */
    private long nobodySince = -1;

    private boolean isUnsure;
    private boolean wasReopened;
    private boolean isActedUpon;

    /**
     * @param limit of attempts
     * @param isAskedAgain whether a no that cannot be believed counts as no answer: Turning 2, of the pivot
     */
    OperationStatus(int limit, boolean isAskedAgain) {
        this.limit = limit;
        this.isAskedAgain = isAskedAgain;
    }

    // ---- what is seen

    void left() {
        sent++;
        underWay++;
        goOnAfterUnsureNo();
        if (last != Last.NONE || isMisconfigured) {
            reopen(true);
        }
    }

    /** Another call of what is asked again shows that its no was not believed. */
    private void goOnAfterUnsureNo() {
        if (mayBeAskedAgain()) {
            last = Last.NONE;
            isUnsure = false;
        }
    }

    /** An earlier coordinator may have called it once more than is known. */
    void suspect() {
        suspected++;
    }

    /** A call that is on record ended. */
    void recorded(long at, AnswerKind kind, boolean isUnsureWhetherSettled) {
        sent++;
        underWay++;
        if (kind == AnswerKind.SILENCE) {
            silencesOnRecord++;
        }
        goOnAfterUnsureNo();
        isUnsure = false;
        heard(at, kind);
        isUnsure |= kind == AnswerKind.REJECTED_SETTLED && isUnsureWhetherSettled && sent + suspected > 1;
    }

    /** Attempts 1 and 2: an attempt without an answer that was counted and that no call explains. */
    void recordedSilence(long at) {
        if (unrecordedSilences > 0) {
            unrecordedSilences--;
        } else {
            attempts++;
            isCounted = true;
            noAnswer(at);
        }
    }

    /** A call of this coordinator was not answered. */
    void heardSilence() {
        unrecordedSilences++;
    }

    /** Takes the outcome of a call, after the pattern's "What an answer means" was applied. */
    void heard(long at, AnswerKind kind) {
        underWay--;
        lastAt = at;
        switch (kind) {
            case IN_PROGRESS, NOT_SENT, OK, NOBODY_THERE -> {}
            case REJECTED, REJECTED_SETTLED, FAILED, NOT_FOUND, GONE, MISCONFIGURED, SILENCE -> attempts++;
        }
        if (kind != AnswerKind.NOBODY_THERE && kind != AnswerKind.NOT_SENT) {
            nobodySince = -1;
        }
        switch (kind) {
            case OK -> end(at, Last.SUCCEEDED);
            case REJECTED -> rejected(at);
            case REJECTED_SETTLED -> end(at, Last.REJECTED);
            case FAILED, NOT_FOUND, GONE -> failed(at);
            case MISCONFIGURED -> isMisconfigured = true;
            case SILENCE -> noAnswer(at);
            case NOBODY_THERE -> nobodyThere(at);
            case NOT_SENT -> sent--;
            case IN_PROGRESS -> {}
        }
    }

    /** Attempts 5: asked again for a while, an operator is asked then. */
    private void nobodyThere(long at) {
        nobodySince = nobodySince < 0 ? at : nobodySince;
        isMisconfigured = at - nobodySince > NOBODY_MILLIS + RECORDED_MILLIS;
    }

    /** Rule "Who is undone" 2. */
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

    /** Applies "Who is undone" 3: an operator has asked for retry or resume since the last word on it. */
    void actedUpon() {
        isActedUpon = true;
    }

    /**
     * Applies "Who is undone" 3: tells whether it is rejected or failed, and no operator has acted since. An exhausted
     * one is none: there may have been a success.
     */
    boolean isFinalNo() {
        return (last == Last.REJECTED || last == Last.FAILED) && !isActedUpon;
    }

    /** An operator's retry, or resume: what ended with a no is called again. */
    void reopen(boolean isRetry) {
        if (isNo() || isMisconfigured) {
            last = Last.NONE;
            isMisconfigured = false;
            nobodySince = -1;
            attempts = isRetry ? 0 : Math.min(attempts, limit - 1);
            wasReopened = true;
        }
    }

    // ---- what is known

    Last last() {
        return last;
    }

    long lastAt() {
        return lastAt;
    }

    boolean isUnderWay() {
        return underWay > 0;
    }

    /**
     * Applies "Who is undone" 3: tells whether it is known that it was called, or an attempt without an answer is on
     * record.
     */
    boolean countsAsCalled() {
        return sent > 0 || isCounted;
    }

    /** Tells whether an earlier coordinator may have called it, and nobody knows. */
    boolean isSuspected() {
        return suspected > 0;
    }

    boolean isMisconfigured() {
        return isMisconfigured;
    }

    /**
     * Tells whether the only no that is known can be believed, or cannot: nobody can tell which of two answers it was.
     */
    boolean isUnsure() {
        return isUnsure;
    }

    /** Tells whether its no may count as no answer: nobody can tell whether it can be believed. */
    boolean mayBeAskedAgain() {
        return isAskedAgain && isUnsure && last == Last.REJECTED;
    }

    boolean isDone() {
        return last == Last.SUCCEEDED || last == Last.STATED_DONE;
    }

    /** A final no: rejected, failed or exhausted. */
    boolean isNo() {
        return last == Last.REJECTED || last == Last.FAILED || last == Last.EXHAUSTED;
    }

    /**
     * Tells whether no call is left of its limit; a participant's "misconfigured" may have been counted, and a resume.
     */
    boolean mayBeExhausted() {
        return last == Last.EXHAUSTED || (last == Last.NONE && sent >= limit) || (wasReopened && attempts > 0);
    }
}
