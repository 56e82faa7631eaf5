package dev.entente.server.engine;

import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Unsent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one transaction that wait for a connection at this moment: shown, but neither decided upon nor stored.
 * Thread-safe.
 */
final class HeldBack {
    /** By the branch's index: two forward calls of a participant are shown under one name. */
    private final Map<Integer, String> reasons = new ConcurrentHashMap<>();

    /** @param why null: it waits no more */
    void waits(int branch, @Nullable String why) {
        if (why == null) {
            reasons.remove(branch);
        } else {
            reasons.put(branch, why);
        }
    }

    boolean hasBranch(int branch) {
        return reasons.containsKey(branch);
    }

    /** The progress as it is to be shown: a call that waits has not left. */
    Progress shown(GlobalTransaction transaction) {
        Progress progress = transaction.progress();
        if (reasons.isEmpty()) {
            return progress;
        }
        List<BranchProgress> branches = new ArrayList<>(progress.branches());
        for (int i = 0; i < branches.size(); i++) {
            String why = reasons.get(i);
            if (why != null && branches.get(i).isInFlight()) {
                branches.set(i, unsent(branches.get(i), why));
            }
        }
        return progress.withBranches(branches);
    }

    private static BranchProgress unsent(BranchProgress branch, String why) {
        Unsent before = branch.next().unsent();
        return branch.unsent(null, new Unsent(why, before == null ? null : before.unreachableSince()));
    }
}
