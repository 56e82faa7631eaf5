package dev.entente.server.store;

/**
 * The origin of a call, for the audit.
 *
 * @param peer the address of the original caller, without a port; empty for a call from inside
 * @param requestId the client's id or a generated id; empty if there is none
 */
public record CallOrigin(String peer, String requestId) {
    /** An unknown origin. */
    public static final CallOrigin NONE = new CallOrigin("", "");
}
