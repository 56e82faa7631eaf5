package dev.entente.rig;

/**
 * A process that did not become ready, or did not do what was awaited of it: it ended, or took too long. The message is
 * for people, and names a log that is kept.
 */
public final class ChildFailure extends IllegalStateException {
    private static final long serialVersionUID = 1L;
    private static final int SIGNALLED = 128;

    /** How the coordinator ends where a port is taken. */
    public static final int PORT_TAKEN = 7;

    private final int exitCode;

    /** @param exitCode the process's own, or 1 where it still ran */
    public ChildFailure(String message, int exitCode) {
        super(message);
        this.exitCode = exitCode;
    }

    /** How a command ends that needed the process: as the process did, where that says more than that it was killed. */
    public int exitCode() {
        return exitCode > 0 && exitCode < SIGNALLED ? exitCode : 1;
    }
}
