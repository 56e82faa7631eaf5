package dev.entente.server.store;

/** The database answers, and a question would have taken it too long. */
public final class QuestionTimedOut extends RuntimeException {
    private static final long serialVersionUID = 1L;

    QuestionTimedOut(Throwable cause) {
        super("the question took longer than it may", cause, false, false);
    }
}
