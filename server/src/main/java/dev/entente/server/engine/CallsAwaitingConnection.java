package dev.entente.server.engine;

import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Unsent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one transaction that wait for a connection now. Users see these calls; decisions and rows do not contain
 * them. Thread-safe.
 */
final class CallsAwaitingConnection {
    /**
     * The waits by branch index. The branch name is not unique: users see two forward calls of a branch under one name.
     */
    private final Map<Integer, Wait> waits = new ConcurrentHashMap<>();

    /** @param makesConnection whether the call opens its own connection */
    private record Wait(Role role, String why, boolean makesConnection) {}

    /** @param why null if the call no longer waits */
    void waits(int branch, Role role, @Nullable String why, boolean makesConnection) {
        if (why == null) {
            waits.remove(branch);
        } else {
            waits.put(branch, new Wait(role, why, makesConnection));
        }
    }

    boolean hasBranch(int branch) {
        return waits.containsKey(branch);
    }

    /** Returns whether the branch's call opens its own connection. Then no operator action can cancel the call. */
    boolean makesConnection(int branch) {
        Wait wait = waits.get(branch);
        return wait != null && wait.makesConnection();
    }

    /** Returns the progress to show: a call that waits has not left. */
    Progress shown(GlobalTransaction transaction) {
        Progress progress = transaction.progress();
        if (waits.isEmpty()) {
            return progress;
        }
        List<BranchProgress> branches = new ArrayList<>(progress.branches());
        for (int i = 0; i < branches.size(); i++) {
            BranchProgress branch = branches.get(i);
            Wait wait = waits.get(i);
            if (wait != null && wait.role() == branch.role() && branch.isInFlight()) {
                branches.set(i, unsent(branch, wait.why()));
            }
        }
        return progress.withBranches(branches);
    }

    private static BranchProgress unsent(BranchProgress branch, String why) {
        Unsent before = branch.next().unsent();
        return branch.unsent(null, new Unsent(why, before == null ? null : before.unreachableSince()));
    }
}
