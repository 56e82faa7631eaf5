package dev.entente.server.store.admin;

import dev.entente.server.codec.wording.TextCatalog;
import dev.entente.server.store.StartupFailure;

/**
 * A condition that endangers a coordinator or its transactions.
 *
 * @param what the condition, with its value
 * @param why its effect
 * @param change the line or the command that corrects the condition
 */
public record Finding(String what, String why, String change) {
    private static final TextCatalog TEXTS = TextCatalog.read("doctor.properties");

    /** Returns the finding with this key in {@code doctor.properties}. */
    public static Finding of(String key, Object... values) {
        return new Finding(
                TEXTS.of(key + ".what", values), TEXTS.of(key + ".why", values), TEXTS.of(key + ".change", values));
    }

    /** Returns a failure of a start. The remedy is the part after the first semicolon of its message. */
    public static Finding of(String key, StartupFailure failure) {
        String[] parts = String.valueOf(failure.getMessage()).split("; ", 2);
        return of(key, parts[0], parts.length > 1 ? parts[1] : parts[0]);
    }
}
