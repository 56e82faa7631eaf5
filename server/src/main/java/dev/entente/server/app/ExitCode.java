package dev.entente.server.app;

/** How the client's commands end. */
final class ExitCode {
    static final int HELD = 0;
    /**
     * A check does not hold; or the transaction, where the command waited for it, ended otherwise than SUCCEEDED, or
     * stands parked.
     */
    static final int DOES_NOT_HOLD = 1;

    static final int USAGE = 2;
    static final int UNREACHABLE = 3;
    /** Refused with an ENT code. */
    static final int REFUSED = 4;

    static final int STILL_RUNNING = 5;

    private ExitCode() {}
}
