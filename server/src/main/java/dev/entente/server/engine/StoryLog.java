package dev.entente.server.engine;

import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Plan;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what happens to each transaction, at DEBUG: a line for each event of its history. Nothing that a call carries.
 */
final class StoryLog {
    private static final Logger LOG = LoggerFactory.getLogger(StoryLog.class);

    private StoryLog() {}

    static void changed(GlobalTransaction before, GlobalTransaction after) {
        if (!LOG.isDebugEnabled()) {
            return;
        }
        List<HistoryEvent> events = after.progress().history().events();
        for (int i = before.progress().history().events().size(); i < events.size(); i++) {
            tell(after, events.get(i));
        }
    }

    private static void tell(GlobalTransaction transaction, HistoryEvent event) {
        Plan plan = transaction.plan();
        Fact.OfBranch one = event.fact() instanceof Fact.OfBranch about
                        && about.branch() >= 0
                        && about.branch() < plan.branches().size()
                ? about
                : null;
        String branch = one == null ? "" : plan.branches().get(one.branch()).shownId();
        String operation = one == null ? "" : plan.operationName(one.branch(), one.role());
        LOG.debug(
                "{} {} {} {} attempt {}, now {}",
                transaction.gid(),
                event.kind(),
                branch,
                operation,
                event.fact() instanceof Fact.Called call ? call.attempt() : 0,
                event.stateAfter());
    }
}
