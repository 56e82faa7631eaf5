package dev.entente.core.plan;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects what checks find, up to a number that somebody can read and a trailer can carry; the rest is counted. For
 * one thread.
 */
public final class Findings {
    static final int MOST = 100;

    private final List<Finding> found = new ArrayList<>();
    private int more;
    private boolean hasMoreErrors;

    public void add(Finding finding) {
        if (found.size() < MOST && finding.count() == 1) {
            found.add(finding);
        } else {
            more += finding.count();
            hasMoreErrors |= !finding.isWarning();
        }
    }

    public void addAll(List<Finding> findings) {
        findings.forEach(this::add);
    }

    /** In the order in which they were found; at the end, how many were left out. */
    public List<Finding> list() {
        if (more == 0) {
            return List.copyOf(found);
        }
        List<Finding> all = new ArrayList<>(found);
        all.add(Finding.rest(more, !hasMoreErrors));
        return List.copyOf(all);
    }
}
