package dev.entente.server.cli;

/** Exit codes of the client's commands; wrong usage ends with picocli's 2. */
public final class ExitCode {
    static final int HELD = 0;
    /** A check does not hold; or the transaction that was waited for ended otherwise, or stands parked. */
    static final int DOES_NOT_HOLD = 1;

    static final int UNREACHABLE = 3;
    /** Refused with an ENT code. */
    public static final int REFUSED = 4;

    static final int STILL_RUNNING = 5;

    private ExitCode() {}
}
