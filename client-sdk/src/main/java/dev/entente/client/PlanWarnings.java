package dev.entente.client;

import dev.entente.v1.Plan;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs what the coordinator finds doubtful in accepted plans: once for each name of a plan and each doubt. Thread-safe.
 */
final class PlanWarnings {
    private static final Logger LOG = LoggerFactory.getLogger(PlanWarnings.class);
    /** Doubts may contain what differs from plan to plan; the log must stay quiet all the same. */
    private static final int MOST = 256;

    private final Set<String> told = ConcurrentHashMap.newKeySet();

    void of(Plan plan, List<String> warnings) {
        for (String warning : warnings) {
            if (told.size() < MOST && told.add(plan.getName() + '\n' + warning)) {
                LOG.warn(
                        "plan '{}' was accepted, first as '{}', with a warning: {}; strict() refuses such a plan",
                        plan.getName(),
                        plan.getGid(),
                        warning);
            } else {
                LOG.debug("plan '{}' was accepted as '{}' with a warning: {}", plan.getName(), plan.getGid(), warning);
            }
        }
    }
}
