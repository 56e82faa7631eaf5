package dev.entente.server.store;

/**
 * The origin of a call, for the audit.
 *
 * @param peer the address that it came from first, without a port; empty where nothing came from outside
 * @param requestId the client's own, or one that was made up; empty where there is none
 */
public record CallOrigin(String peer, String requestId) {
    /** Nothing is known of it. */
    public static final CallOrigin NONE = new CallOrigin("", "");
}
