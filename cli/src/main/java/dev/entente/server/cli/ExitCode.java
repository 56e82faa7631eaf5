package dev.entente.server.cli;

/** The exit codes of client commands. Wrong usage ends with picocli's code 2. */
public final class ExitCode {
    static final int HELD = 0;
    /** A check failed; or the transaction of a wait finished in another state, or is parked. */
    static final int DOES_NOT_HOLD = 1;

    static final int UNREACHABLE = 3;
    /** A refusal with an ENT code. */
    public static final int REFUSED = 4;

    static final int STILL_RUNNING = 5;

    private ExitCode() {}
}
