package dev.entente.server.store;

/** The database answers, and a question would have taken it too long. */
public final class QuestionTimedOut extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param seconds that a statement of it might take */
    QuestionTimedOut(int seconds, Throwable cause) {
        super("the search took longer than " + seconds + " s", cause, false, false);
    }
}
