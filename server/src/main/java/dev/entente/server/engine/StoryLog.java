package dev.entente.server.engine;

import dev.entente.server.transaction.GlobalTransaction;
import dev.entente.server.transaction.HistoryEvent;
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
        boolean hasBranch = event.branch() >= 0
                && event.branch() < transaction.plan().branches().size();
        String branch =
                hasBranch ? transaction.plan().branches().get(event.branch()).shownId() : "";
        String operation =
                hasBranch && event.role() != null ? transaction.plan().operationName(event.branch(), event.role()) : "";
        LOG.debug(
                "{} {} {} {} attempt {}, now {}",
                transaction.gid(),
                event.kind(),
                branch,
                operation,
                event.attempt(),
                event.stateAfter());
    }
}
