package dev.entente.spring;

import org.jspecify.annotations.Nullable;

/** Keeps an application from its start, and says what to do (ENT-088). */
class WrongSetup extends IllegalStateException {
    private static final long serialVersionUID = 1;

    private static final String CODE = "ENT-088: ";

    private final String what;
    private final String action;

    WrongSetup(String what, String action, @Nullable Throwable cause) {
        super(CODE + what + "; " + action, cause);
        this.what = CODE + what;
        this.action = action;
    }

    String what() {
        return what;
    }

    String action() {
        return action;
    }
}
