package dev.entente.server.store;

import dev.entente.core.transaction.ErrorCode;
import org.jspecify.annotations.Nullable;

/** The failure of a process to start on this database. The exit code is {@link ErrorCode#exitCode} of the code. */
public final class StartupFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final ErrorCode code;

    /** @param message names the thing, the value and the remedy; without the code */
    public StartupFailure(ErrorCode code, String message, @Nullable Throwable cause) {
        super(code.id() + ": " + message, cause, false, false);
        this.code = code;
    }

    public StartupFailure(ErrorCode code, String message) {
        this(code, message, null);
    }

    public ErrorCode code() {
        return code;
    }
}
