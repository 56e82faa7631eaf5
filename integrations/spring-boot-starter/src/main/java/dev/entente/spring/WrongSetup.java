package dev.entente.spring;

import org.jspecify.annotations.Nullable;

/** Keeps an application from its start, and says what to do. */
final class WrongSetup extends IllegalStateException {
    private static final long serialVersionUID = 1;

    private final String what;
    private final String action;

    WrongSetup(String what, String action, @Nullable Throwable cause) {
        super(what + "; " + action, cause);
        this.what = what;
        this.action = action;
    }

    String what() {
        return what;
    }

    String action() {
        return action;
    }
}
