package dev.entente.client;

import dev.entente.jdbc.CallersTransaction;
import dev.entente.v1.Plan;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs warnings about plans and about the submit: once for each name of a plan and each warning. Thread-safe. */
final class PlanWarnings {
    private static final Logger LOG = LoggerFactory.getLogger(PlanWarnings.class);
    /**
     * The highest number of logged warnings. Without this limit, warnings with values that differ from plan to plan
     * would fill the log.
     */
    private static final int MAX = 256;

    private final Set<String> reported = ConcurrentHashMap.newKeySet();

    /** Warns if a thread in a transaction of Spring is about to wait for the end of another transaction. */
    void awaitedInTransaction(String name, String gid) {
        if (CallersTransaction.isOnThread() && reported.size() < MAX && reported.add(name + "\nin a transaction")) {
            LOG.warn(
                    "plan '{}' (first gid '{}') is awaited inside a Spring transaction. The transaction holds its"
                            + " connection during the wait, participants do not see its uncommitted changes, and its"
                            + " rollback does not undo the plan; enqueue the plan inside the transaction"
                            + " (OutboxMessage.toCoordinator), or submit the plan outside of the transaction",
                    name,
                    gid);
        }
    }

    void of(Plan plan, List<String> warnings) {
        for (String warning : warnings) {
            if (reported.size() < MAX && reported.add(plan.getName() + '\n' + warning)) {
                LOG.warn(
                        "plan '{}' (first gid '{}') was accepted with a warning: {}; strict() refuses such a plan",
                        plan.getName(),
                        plan.getGid(),
                        warning);
            } else {
                LOG.debug("plan '{}' was accepted as '{}' with a warning: {}", plan.getName(), plan.getGid(), warning);
            }
        }
    }
}
