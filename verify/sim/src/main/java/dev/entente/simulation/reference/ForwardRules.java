package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Blueprint.Limb;
import dev.entente.simulation.reference.CoordinatorView.Direction;
import dev.entente.simulation.reference.StoredRecord.Stage;
import org.jspecify.annotations.Nullable;

/** Rules.md, "Forward". */
final class ForwardRules {
    private ForwardRules() {}

    /** Why this forward operation must not be called now; null if it may. */
    static @Nullable String whyNot(CoordinatorView view, Limb limb, String operation, long at) {
        String why = whyNotStarted(view, limb, at);
        if (why == null && view.direction() == Direction.TURNED) {
            why = "Forward 4: it has turned, for " + view.cause();
        }
        if (why == null) {
            why = view.file().pattern().whyNotYet(view, limb, operation);
        }
        if (why == null) {
            why = ApprovalRules.whyNotBehind(view, limb);
        }
        return why != null ? why : whyNotBound(view, limb);
    }

    /** Forward 1. */
    private static @Nullable String whyNotStarted(CoordinatorView view, Limb limb, long at) {
        Blueprint plan = view.plan();
        if (plan.startAt() != null && at < plan.startAt() - view.file().clockErrorMillis()) {
            return "Forward 1: its start time has not come";
        }
        if (limb.nature() == Blueprint.Nature.CHECK) {
            return plan.firstCheckAt() != null
                            && at < plan.firstCheckAt() - view.file().clockErrorMillis()
                    ? "message.md: it is not time to ask yet"
                    : null;
        }
        Stage stage = view.file().stored().stage();
        boolean isDecided = stage.isEnd() || stage == Stage.COMPLETING || stage == Stage.UNDOING;
        return isDecided && !view.isSuperseded() ? "Forward 4: it is decided, " + stage : null;
    }

    /** Saga.md, Order: a response is durable before any call that uses it leaves, or whose undo requires it. */
    private static @Nullable String whyNotBound(CoordinatorView view, Limb limb) {
        for (String from : limb.binds()) {
            boolean isOnRecord = view.plan()
                    .find(from)
                    .filter(other ->
                            view.file().stored().hasSuccess(from, view.plan().forward(other)))
                    .isPresent();
            if (!isOnRecord) {
                return "saga.md, Order: the response of '" + from
                        + "', which it binds or its undo requires, is not on record";
            }
        }
        return null;
    }
}
