package dev.entente.server.cli.text;

/** How the client's commands end. */
public final class ExitCode {
    public static final int HELD = 0;
    /**
     * A check does not hold; or the transaction, where the command waited for it, ended otherwise than SUCCEEDED, or
     * stands parked.
     */
    public static final int DOES_NOT_HOLD = 1;

    static final int USAGE = 2;
    public static final int UNREACHABLE = 3;
    /** Refused with an ENT code. */
    public static final int REFUSED = 4;

    static final int STILL_RUNNING = 5;

    private ExitCode() {}
}
