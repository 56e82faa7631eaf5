package dev.entente.server.store.writer;

/** How it went with what the writer carries through, and what may be concluded from that. Not thread-safe. */
final class Attempts {
    /** The number of refusals by a server that answers, after which the fault is looked for in the batch. */
    private static final int MAX_REFUSED = 3;

    private int conflicts;
    private int inARow;
    private int refused;
    private boolean isWritten;
    private boolean isAlone;
    private boolean isMoreUnwritten;
    private boolean isProbed;

    /** @return how many by now */
    int conflict() {
        return ++conflicts;
    }

    /** Tells whether it was found out already which kinds of operations the database takes. */
    boolean isProbed() {
        return isProbed;
    }

    void probed() {
        isProbed = true;
    }

    /** Sent, and surely not written. */
    void inVain(boolean isServersWord) {
        inARow++;
        if (isServersWord) {
            refused++;
        }
    }

    void written() {
        inARow = 0;
        isWritten = refused > 0;
        isAlone = false;
        isMoreUnwritten = false;
    }

    void tookMore() {
        isMoreUnwritten = true;
    }

    /** Since something was written. */
    int inARow() {
        return inARow;
    }

    /** A link that broke once. */
    boolean mayRepeatAtOnce() {
        return inARow == 1 && refused < MAX_REFUSED;
    }

    boolean isBatchToBlame() {
        return refused >= MAX_REFUSED;
    }

    /**
     * An operation that stood alone was not written.
     *
     * @return whether others were, since the server began to refuse: then it is not the server
     */
    boolean stoodAlone() {
        isAlone = true;
        return isWritten;
    }

    /**
     * Tells whether it is still unknown if one row is refused or all. It is until the first one stands alone, and what
     * was beside it had its turn: patience with the server does not count till then.
     */
    boolean isFaultLookedFor() {
        return !isAlone;
    }

    /** Not before something was written of what was taken in addition. */
    boolean mayTakeMore() {
        return !isMoreUnwritten;
    }
}
