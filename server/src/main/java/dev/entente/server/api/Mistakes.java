package dev.entente.server.api;

import dev.entente.server.transaction.Refusal;
import dev.entente.server.transaction.Refusal.Violation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was found wrong while one plan was translated. Belongs to one thread. */
final class Mistakes {
    private final List<Violation> violations = new ArrayList<>();
    private @Nullable Duration retryAfter;
    private boolean isLasting;

    /** One that the client must mend. */
    void add(Violation violation) {
        violations.add(violation);
        isLasting = true;
    }

    /** What kept a field from being translated: the client must mend it, unless the refusal says that it passes. */
    void add(String field, Refusal refusal) {
        violations.add(new Violation(refusal.code(), field, Intake.bare(refusal)));
        if (refusal.retryAfter() == null) {
            isLasting = true;
        } else {
            retryAfter = refusal.retryAfter();
        }
    }

    /** Adds what else is wrong, but what follows from a mistake that is known: in the same field or binding, or the same once more. */
    void join(List<Violation> others) {
        List<Violation> known = List.copyOf(violations);
        for (Violation other : others) {
            boolean isKnown = known.stream()
                    .anyMatch(mistake -> other.field().startsWith(place(mistake.field()))
                            || (mistake.code() == other.code()
                                    && mistake.message().equals(other.message())));
            if (!isKnown) {
                add(other);
            }
        }
    }

    /** The field, or the whole binding that it belongs to: of one that is half understood nothing else can be told. */
    private static String place(String field) {
        int binding = field.indexOf(".bind[");
        return binding < 0 ? field : field.substring(0, field.indexOf(']', binding) + 1);
    }

    /** @throws Refusal with all of them, if there are any; worth sending again only where each passes by itself */
    void refuse() {
        if (!violations.isEmpty()) {
            throw Refusal.malformed(violations, isLasting ? null : retryAfter);
        }
    }
}
