package dev.entente.client;

import org.jspecify.annotations.Nullable;

/**
 * A participant's answer does not read as the class that was asked for. That changes nothing about what was done: a
 * saga whose result it is has succeeded, while an interactive scope is lost and aborts.
 */
public final class ResponseUnreadable extends EntenteException {
    private static final long serialVersionUID = 1;

    private ResponseUnreadable(String gid, String message, @Nullable Throwable cause) {
        super("RESPONSE_UNREADABLE", gid, message, cause);
    }

    /** @param branch empty where it is not known whose answer it is */
    static ResponseUnreadable of(String gid, String branch, String type, String why, @Nullable Throwable cause) {
        String whose = branch.isEmpty() ? "the result" : "what branch '" + branch + "' answered";
        return new ResponseUnreadable(
                gid, whose + ", transaction '" + gid + "', does not read as " + type + ": " + why, cause);
    }

    /** False: it was answered, and stays answered so. */
    @Override
    public boolean retryable() {
        return false;
    }
}
