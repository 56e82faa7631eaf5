package dev.entente.server.api.access;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The principals that a token file gained, lost or changed when it was read again.
 *
 * @param came those that it had not
 * @param gone those that it has no more
 * @param changed those with another secret, other roles or another time
 */
public record TokenChange(List<String> came, List<String> gone, List<String> changed) {
    static TokenChange between(Tokens before, Tokens after) {
        Map<String, Tokens.Token> left = new LinkedHashMap<>();
        before.all().forEach(token -> left.put(token.name(), token));
        List<String> came = new ArrayList<>();
        List<String> changed = new ArrayList<>();
        for (Tokens.Token token : after.all()) {
            Tokens.Token old = left.remove(token.name());
            if (old == null) {
                came.add(token.name() + " (" + Tokens.labels(token.roles()) + ")");
            } else if (!old.equals(token)) {
                changed.add(token.name() + " (" + Tokens.labels(token.roles()) + ")");
            }
        }
        return new TokenChange(came, List.copyOf(left.keySet()), changed);
    }

    boolean isNone() {
        return came.isEmpty() && gone.isEmpty() && changed.isEmpty();
    }

    /** For people: {@code came: billing (submitter); gone: eve}. */
    public String text() {
        List<String> parts = new ArrayList<>();
        add(parts, "came", came);
        add(parts, "gone", gone);
        add(parts, "changed", changed);
        return String.join("; ", parts);
    }

    private static void add(List<String> parts, String label, List<String> names) {
        if (!names.isEmpty()) {
            parts.add(label + ": " + String.join(", ", names));
        }
    }
}
