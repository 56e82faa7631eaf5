package dev.entente.client;

import dev.entente.wire.ErrorDetails;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * No coordinator gave an answer in time. {@link #certainty} tells whether anything was sent; where it may have been, whether it was done is
 * unknown. The same with the same gid is harmless either way.
 */
public final class CoordinatorUnavailable extends EntenteException {
    private static final long serialVersionUID = 1;

    /** The knowledge of a call that has no answer. */
    public enum Certainty {
        /** No attempt had a connection to a coordinator: nothing was sent, so nothing was done. */
        NOT_SENT,
        /** An attempt may have arrived: whether it was done is unknown. */
        UNKNOWN
    }

    private final Certainty certainty;
    private final transient List<TriedCoordinator> tried;

    CoordinatorUnavailable(String code, String gid, String message, @Nullable Throwable cause) {
        super(code, gid, message, cause);
        this.certainty = Certainty.UNKNOWN;
        this.tried = List.of();
    }

    private CoordinatorUnavailable(
            String code, String gid, String message, AttemptHistory history, @Nullable Throwable cause) {
        super(code, gid, message, cause);
        this.certainty = history.isUnsent() ? Certainty.NOT_SENT : Certainty.UNKNOWN;
        this.tried = history.tried();
    }

    /**
     * Makes that of a call whose attempts all failed.
     *
     * @param what the call, for people: {@code CommitTransaction for transaction 'order-1'}
     * @param answer the last one
     */
    static CoordinatorUnavailable of(
            String what, String gid, ErrorDetails answer, AttemptHistory history, @Nullable Throwable cause) {
        String code = answer.name();
        String last = history.tried().isEmpty() ? answer.describe() : code + "; " + history.describe();
        String message = history.isUnsent()
                ? what + " was not sent, for no coordinator could be reached (" + history.describe()
                        + "); nothing was done, and asking the same again is harmless"
                : what + " has no certain answer (last: " + last
                        + "); whether it was done is unknown, and asking the same again is harmless";
        return new CoordinatorUnavailable(code, gid, message, history, cause);
    }

    /** Tells whether it is certain that nothing was sent, and so that nothing was done. */
    public Certainty certainty() {
        return certainty;
    }

    /** The addresses that were tried and what came of it; empty if the wait was broken off from this side. */
    public List<TriedCoordinator> tried() {
        return tried == null ? List.of() : tried; // null once it came out of a serialized form
    }

    /** True, with the same gid. */
    @Override
    public boolean retryable() {
        return true;
    }
}
