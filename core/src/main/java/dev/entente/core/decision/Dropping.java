package dev.entente.core.decision;

import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Pattern;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Drops deliveries that are no longer needed, because the receiver is removed or an operator skips the deliveries. */
final class Dropping {
    private Dropping() {}

    static void skip(Draft draft, TransactionRequest.Skip request, @Nullable Instant since) {
        refuseOthers(draft);
        List<Integer> stuck = new ArrayList<>();
        for (int i = draft.plan().checkBack() + 1;
                i < draft.progress().branches().size();
                i++) {
            if (draft.progress().branch(i).stuck() != null) {
                stuck.add(i);
            }
        }
        if (stuck.isEmpty()) {
            throw TransactionRequest.impossible("no delivery is stuck; only a stuck delivery can be skipped");
        }
        for (int branch : stuck) {
            if (InFlightCalls.putsOff(draft, branch, since)) {
                return;
            }
        }
        giveUp(draft, stuck, request.actor(), request.reason());
    }

    static void drop(Draft draft, TransactionRequest.Drop request, @Nullable Instant since) {
        List<Integer> gone = draft.state().isTerminal() ? List.of() : request.openIn(draft.plan(), draft.progress());
        if (!gone.isEmpty()) {
            String why = "DROPPED: '" + request.subscriber() + "' has unsubscribed";
            Duration maxWait = request.waits() ? InFlightCalls.MAX_WAIT : Duration.ZERO;
            for (int branch : gone) {
                if (InFlightCalls.awaitsAnswer(draft, branch, since, maxWait)) {
                    return;
                }
            }
            giveUp(draft, gone, request.actor(), why);
        } else if (draft.progress().revision() > draft.ownership().durableRevision()) {
            draft.requireWrite();
            draft.add(new Effect.Defer());
        } else {
            throw request.nothing();
        }
    }

    private static void refuseOthers(Draft draft) {
        if (draft.plan().pattern() != Pattern.MESSAGE || draft.state().isTerminal()) {
            throw TransactionRequest.impossible("only deliveries of an open message can be skipped; this is a "
                    + draft.plan().pattern() + " in state " + draft.state());
        }
    }

    private static void giveUp(Draft draft, List<Integer> deliveries, String actor, String why) {
        for (int branch : deliveries) {
            draft.record(new Fact.Dropped(branch, actor, why));
        }
        draft.recorded();
    }
}
