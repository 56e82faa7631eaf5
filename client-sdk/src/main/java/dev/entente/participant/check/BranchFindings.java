package dev.entente.participant.check;

import dev.entente.participant.check.Finding.Verdict;
import java.util.ArrayList;
import java.util.List;

/** Collects what is found of one branch. For one thread. */
final class BranchFindings {
    private final String branch;
    private final CallWay way;
    private final List<Finding> all = new ArrayList<>();

    BranchFindings(String branch, CallWay way) {
        this.branch = branch;
        this.way = way;
    }

    /** @param detail what was seen where it does not hold */
    void add(Guarantee guarantee, boolean holds, String detail) {
        all.add(new Finding(branch, way, guarantee, holds ? Verdict.HOLDS : Verdict.BROKEN, holds ? "" : detail));
    }

    void notJudged(Guarantee guarantee, String why) {
        all.add(new Finding(branch, way, guarantee, Verdict.NOT_JUDGED, why));
    }

    List<Finding> all() {
        return List.copyOf(all);
    }
}
