package dev.entente.core.plan;

import dev.entente.core.transaction.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects findings up to a number that people can read and a trailer can carry; further findings are only counted. For
 * one thread.
 */
public final class Findings {
    static final int MAX = 100;

    private final List<Finding> found = new ArrayList<>();
    private int more;
    private boolean hasMoreErrors;

    public void add(Finding finding) {
        if (found.size() < MAX && finding.count() == 1) {
            found.add(finding);
        } else {
            more += finding.count();
            hasMoreErrors |= !finding.isWarning();
        }
    }

    /** Warns if participants' barriers may forget a transaction within this length of time. */
    void warnOfLifetime(Limits limits, String field, @Nullable Duration length) {
        Duration half = limits.barrierRetention().dividedBy(2);
        if (length != null && length.compareTo(half) > 0) {
            add(Finding.warning(
                    ErrorCode.POLICY,
                    field,
                    "%s is longer than half the barrier's retention (%s): participants may refuse later calls"
                            .formatted(length, half)));
        }
    }

    public void addAll(List<Finding> findings) {
        findings.forEach(this::add);
    }

    /** Returns the findings in the order of discovery, then the number of left-out findings. */
    public List<Finding> list() {
        if (more == 0) {
            return List.copyOf(found);
        }
        List<Finding> all = new ArrayList<>(found);
        all.add(Finding.rest(more, !hasMoreErrors));
        return List.copyOf(all);
    }
}
