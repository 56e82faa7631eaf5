package dev.entente.server.api.json;

import dev.entente.core.plan.Finding;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Refusal.Violation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects the mistakes in one plan during its translation. Used by one thread. */
public final class Mistakes {
    private final List<Violation> violations = new ArrayList<>();
    private @Nullable Duration retryAfter;
    private boolean isLasting;

    /** Adds a mistake that the client must fix. */
    void add(Violation violation) {
        violations.add(violation);
        isLasting = true;
    }

    /** Adds the refusal of one field. The client must fix the field, unless the refusal has a retry time. */
    void add(String field, Refusal refusal) {
        violations.add(new Violation(refusal.code(), field, bare(refusal)));
        if (refusal.retryAfter() == null) {
            isLasting = true;
        } else {
            retryAfter = refusal.retryAfter();
        }
    }

    /** Returns the message without its code, because the finding has its own code. */
    public static String bare(Refusal refusal) {
        String message = String.valueOf(refusal.getMessage());
        return message.substring(message.indexOf(' ') + 1);
    }

    private void join(List<Finding> found) {
        List<Violation> known = List.copyOf(violations);
        for (Finding finding : found) {
            Violation other = violation(finding, finding.message());
            if (!finding.isWarning() && known.stream().noneMatch(mistake -> follows(other, mistake))) {
                add(other);
            }
        }
    }

    private static Violation violation(Finding finding, String message) {
        return new Violation(finding.code(), finding.field(), message, finding.count());
    }

    private static boolean follows(Violation other, Violation mistake) {
        return other.field().startsWith(mistake.field())
                || (mistake.field().startsWith(other.field())
                        && mistake.code() == other.code()
                        && mistake.message().equals(other.message()));
    }

    /**
     * Adds the findings of the plan, except consequences of a known mistake. A consequence is in the same field, or is
     * the same error in an enclosing field.
     *
     * @throws Refusal with all mistakes, if any, followed by the warnings, so one response contains everything; has a
     *     retry time only if each mistake is temporary
     */
    public void refuse(List<Finding> found) {
        join(found);
        if (!violations.isEmpty()) {
            List<Violation> all = new ArrayList<>(violations);
            found.stream()
                    .filter(Finding::isWarning)
                    .map(warning -> violation(warning, "warning: " + warning.message()))
                    .forEach(all::add);
            throw Refusal.malformed(all, isLasting ? null : retryAfter);
        }
    }
}
