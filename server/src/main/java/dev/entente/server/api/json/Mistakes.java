package dev.entente.server.api.json;

import dev.entente.core.plan.Finding;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Refusal.Violation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects the mistakes found while one plan is translated. Belongs to one thread. */
public final class Mistakes {
    private final List<Violation> violations = new ArrayList<>();
    private @Nullable Duration retryAfter;
    private boolean isLasting;

    /** One that the client must mend. */
    void add(Violation violation) {
        violations.add(violation);
        isLasting = true;
    }

    /** Adds the refusal of one field. The client must mend it, unless the refusal says when to try again. */
    void add(String field, Refusal refusal) {
        violations.add(new Violation(refusal.code(), field, bare(refusal)));
        if (refusal.retryAfter() == null) {
            isLasting = true;
        } else {
            retryAfter = refusal.retryAfter();
        }
    }

    /** The message without its code, which the finding carries itself. */
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
     * Adds what was found in the plan, except what follows from a known mistake: what is in the same field, or of the
     * whole that it is a part of.
     *
     * @throws Refusal with all mistakes, if there are any, and behind them the warnings, so that nothing is left to be
     *     told by the next answer; worth sending again only where each passes by itself
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
