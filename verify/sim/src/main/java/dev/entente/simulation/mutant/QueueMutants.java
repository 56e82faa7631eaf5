package dev.entente.simulation.mutant;

import dev.entente.core.decision.Decide;
import dev.entente.core.decision.Decision;
import dev.entente.core.decision.Effect;
import dev.entente.core.decision.Event;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.Predecessor;
import dev.entente.simulation.store.RowEdit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lets messages with an ordering key keep memory that others need. */
public final class QueueMutants {
    private static final long ANY_OWNER = -1;

    private QueueMutants() {}

    /** Returns the predecessor as if a coordinator held its row, although the row is at rest or waits for capacity. */
    public static @Nullable Predecessor withoutNeed(@Nullable Predecessor ahead) {
        if (ahead == null || !(ahead.row() instanceof OpenRow row) || row.owner() != null) {
            return ahead;
        }
        OpenRow held = new RowEdit(row).held(ANY_OWNER, null).row(row.rev());
        return new Predecessor(ahead.gid(), ahead.delivery(), held);
    }

    /** Keeps a delivery behind another delivery of its own message waiting in memory, as behind another message. */
    public record KeepingPlace(Decide real) implements Decide {

        @Override
        public Decision decide(GlobalTransaction before, Event event, Instant now, long random) {
            Decision decision = real.decide(before, event, now, random);
            List<Integer> behind = newlyBehindOwn(before, decision.next());
            if (behind.isEmpty()) {
                return decision;
            }
            GlobalTransaction held = awaiting(before, behind);
            Decision busy = real.decide(held, event, now, random);
            List<Effect> effects = new ArrayList<>(busy.effects());
            behind.forEach(index -> effects.add(new Effect.AwaitPosition(index)));
            return new Decision(awaiting(busy.next(), behind), effects);
        }

        private static List<Integer> newlyBehindOwn(GlobalTransaction before, GlobalTransaction next) {
            List<Integer> behind = new ArrayList<>();
            for (int i = 0; i < before.progress().branches().size(); i++) {
                if (isBehindOwn(next.progress().branch(i))
                        && !isBehindOwn(before.progress().branch(i))) {
                    behind.add(i);
                }
            }
            return behind;
        }

        private static boolean isBehindOwn(BranchProgress branch) {
            return branch.blockedBy() != null && branch.nextAttemptAt() == null && !branch.isAwaitingPosition();
        }

        private static GlobalTransaction awaiting(GlobalTransaction transaction, List<Integer> branches) {
            GlobalTransaction changed = transaction;
            for (int index : branches) {
                BranchProgress waiting = changed.progress().branch(index).awaitingPosition();
                changed = changed.with(changed.progress().withBranch(index, waiting));
            }
            return changed;
        }
    }
}
