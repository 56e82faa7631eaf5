package dev.entente.client;

import dev.entente.client.call.UnreadableResponse;
import dev.entente.wire.ErrorDetails;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * No coordinator responded in time, or the response could not be read. {@link #certainty} reports whether the call was
 * sent, and its known effect. A repetition with the same gid is safe in every case.
 */
public final class CoordinatorUnavailable extends EntenteException {
    private static final long serialVersionUID = 1;

    /** The known effect of a call without a response. */
    public enum Certainty {
        /** No attempt had a connection to a coordinator: nothing was sent, so nothing was done. */
        NOT_SENT,
        /** An attempt may have arrived: the effect is unknown. */
        UNKNOWN,
        /**
         * The call was done, but its response could not be read, for example because it was too large for the channel.
         */
        DONE,
        /** The call only reads, so it has no effect. */
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
     * Returns the exception for a call whose attempts all failed.
     *
     * @param call its name and transaction, for people
     * @param answer the last answer
     */
    static CoordinatorUnavailable of(
            String call,
            String gid,
            boolean isRead,
            List<TriedCoordinator> tried,
            ErrorDetails answer,
            Throwable cause) {
        String code = answer.name();
        boolean isUnread = cause instanceof UnreadableResponse;
        boolean isUnsent = !tried.isEmpty() && tried.stream().noneMatch(TriedCoordinator::isSent);
        Certainty certainty = isUnsent ? Certainty.NOT_SENT : isUnread && !isRead ? Certainty.DONE : known(isRead);
        String all = tried.stream().map(TriedCoordinator::describe).collect(Collectors.joining("; "));
        String last = tried.isEmpty() ? answer.describe() : code + "; " + all;
        String message = call
                + switch (certainty) {
                    case NOT_SENT ->
                        " was not sent, because no coordinator could be reached (" + all
                                + "); nothing was done, and it is safe to send the same request again";
                    case UNKNOWN ->
                        " has no reliable response (last: " + last
                                + "); the outcome is unknown, and it is safe to send the same request again";
                    case DONE -> " was done, but its response could not be read here (" + last + ")";
                    case READ_ONLY ->
                        isUnread
                                ? " has a response that could not be read here (" + last + "); request less data"
                                : " has no response (last: " + last + "); it only reads, so send it again";
                };
        return new CoordinatorUnavailable(code, gid, message, certainty, tried, cause);
    }

    /**
     * Returns the exception for a wait that this process ended.
     *
     * @param what the event, for people
     */
    static CoordinatorUnavailable brokenOff(String code, String gid, String what, boolean isRead, Throwable cause) {
        String message = what + (isRead ? "; it only reads, so send it again" : "; the request may have been done");
        return new CoordinatorUnavailable(code, gid, message, known(isRead), List.of(), cause);
    }

    private static Certainty known(boolean isRead) {
        return isRead ? Certainty.READ_ONLY : Certainty.UNKNOWN;
    }

    /** Returns the known effect of the call, for example {@link Certainty#NOT_SENT}. */
    public Certainty certainty() {
        return certainty;
    }

    /** Returns the addresses that were tried, with their results; empty if this process ended the wait. */
    public List<TriedCoordinator> tried() {
        return tried == null ? List.of() : tried; // null after deserialization
    }

    /** Returns true, for a retry with the same gid, unless the call was done. */
    @Override
    public boolean retryable() {
        return certainty != Certainty.DONE;
    }
}
