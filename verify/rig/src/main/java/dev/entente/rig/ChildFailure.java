package dev.entente.rig;

/**
 * Reports a process that did not become ready or did not do the expected work: the process ended or exceeded the time
 * limit. The message is for people and names a log that is kept.
 */
public final class ChildFailure extends IllegalStateException {
    private static final long serialVersionUID = 1L;
    private static final int SIGNALLED = 128;

    /** The coordinator's exit code if a port is in use. */
    public static final int PORT_TAKEN = 7;

    private final int exitCode;

    /** @param exitCode the process's exit code, or 1 if the process was still running */
    public ChildFailure(String message, int exitCode) {
        super(message);
        this.exitCode = exitCode;
    }

    /** Returns the exit code for a command that needed the process: the process's, or 1 if that is 0 or a signal's. */
    public int exitCode() {
        return exitCode > 0 && exitCode < SIGNALLED ? exitCode : 1;
    }
}
