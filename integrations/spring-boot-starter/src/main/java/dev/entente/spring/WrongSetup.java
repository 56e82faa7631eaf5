package dev.entente.spring;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Prevents the start of an application, and names the remedy (ENT-088). */
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

    /** Creates a component. Reports refused values with the prefix of their properties. */
    static <T> T check(String properties, Supplier<T> use) {
        try {
            return use.get();
        } catch (IllegalArgumentException wrong) {
            throw new WrongSetup(
                    "a property " + properties + ".* cannot be used: " + wrong.getMessage(),
                    "correct its value",
                    wrong);
        }
    }

    String what() {
        return what;
    }

    String action() {
        return action;
    }
}
