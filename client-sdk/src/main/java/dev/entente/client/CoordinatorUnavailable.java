package dev.entente.client;

import dev.entente.client.call.UnreadAnswer;
import dev.entente.wire.ErrorDetails;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * No coordinator gave an answer in time, or none that could be read here. {@link #certainty} tells whether anything was
 * sent, and what is known of it. The same with the same gid is harmless either way.
 */
public final class CoordinatorUnavailable extends EntenteException {
    private static final long serialVersionUID = 1;

    /** The knowledge of a call that has no answer. */
    public enum Certainty {
        /** No attempt had a connection to a coordinator: nothing was sent, so nothing was done. */
        NOT_SENT,
        /** An attempt may have arrived: whether it was done is unknown. */
        UNKNOWN,
        /** It was done: an answer came that could not be read here, such as one too large for the channel. */
        DONE,
        /** The call only reads: there is nothing that it could have done, whether it arrived or not. */
        READ_ONLY
    }

    private final Certainty certainty;
    private final transient List<TriedCoordinator> tried;

    private CoordinatorUnavailable(
            String code,
            String gid,
            String message,
            Certainty certainty,
            List<TriedCoordinator> tried,
            @Nullable Throwable cause) {
        super(code, gid, message, cause);
        this.certainty = certainty;
        this.tried = tried;
    }

    /**
     * Makes that of a call whose attempts all failed.
     *
     * @param call its name and transaction, for people
     * @param answer the last one
     */
    static CoordinatorUnavailable of(
            String call,
            String gid,
            boolean isRead,
            List<TriedCoordinator> tried,
            ErrorDetails answer,
            Throwable cause) {
        String code = answer.name();
        boolean isUnread = cause instanceof UnreadAnswer;
        boolean isUnsent = !tried.isEmpty() && tried.stream().noneMatch(TriedCoordinator::isSent);
        Certainty certainty = isUnsent ? Certainty.NOT_SENT : isUnread && !isRead ? Certainty.DONE : known(isRead);
        String all = tried.stream().map(TriedCoordinator::describe).collect(Collectors.joining("; "));
        String last = tried.isEmpty() ? answer.describe() : code + "; " + all;
        String message = call
                + switch (certainty) {
                    case NOT_SENT ->
                        " was not sent, for no coordinator could be reached (" + all
                                + "); nothing was done, and asking the same again is harmless";
                    case UNKNOWN ->
                        " has no certain answer (last: " + last
                                + "); whether it was done is unknown, and asking the same again is harmless";
                    case DONE -> " was done, but its answer could not be read here (" + last + ")";
                    case READ_ONLY ->
                        isUnread
                                ? " has an answer that could not be read here (" + last + "); ask for less"
                                : " has no answer (last: " + last + "); it only reads, so ask again";
                };
        return new CoordinatorUnavailable(code, gid, message, certainty, tried, cause);
    }

    /**
     * Makes that of a wait that was broken off from this side.
     *
     * @param what happened, for people
     */
    static CoordinatorUnavailable brokenOff(String code, String gid, String what, boolean isRead, Throwable cause) {
        String message = what + (isRead ? "; it only reads, so ask again" : "; what was asked may have been done");
        return new CoordinatorUnavailable(code, gid, message, known(isRead), List.of(), cause);
    }

    private static Certainty known(boolean isRead) {
        return isRead ? Certainty.READ_ONLY : Certainty.UNKNOWN;
    }

    /** Tells whether it is certain that nothing was sent, and so that nothing was done. */
    public Certainty certainty() {
        return certainty;
    }

    /** The addresses that were tried and what came of it; empty if the wait was broken off from this side. */
    public List<TriedCoordinator> tried() {
        return tried == null ? List.of() : tried; // null once it came out of a serialized form
    }

    /** True, with the same gid, unless what was asked was done. */
    @Override
    public boolean retryable() {
        return certainty != Certainty.DONE;
    }
}
