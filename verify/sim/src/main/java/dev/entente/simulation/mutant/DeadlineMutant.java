package dev.entente.simulation.mutant;

import dev.entente.core.decision.Event;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Role;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Forgets the deadline while the last success is worked in. */
public final class DeadlineMutant {
    private DeadlineMutant() {}

    /** Tells whether that event is the success of the only branch that is not done. */
    static boolean isLastOk(GlobalTransaction transaction, Event event) {
        if (!(event instanceof Event.CallFinished(var index, var role, Outcome.Succeeded _)) || role != Role.FORWARD) {
            return false;
        }
        List<BranchProgress> branches = transaction.progress().branches();
        for (int i = 0; i < branches.size(); i++) {
            if (i != index && branches.get(i).state() != BranchState.DONE) {
                return false;
            }
        }
        return true;
    }

    static GlobalTransaction dueAt(GlobalTransaction transaction, @Nullable Instant deadline) {
        return new GlobalTransaction(
                transaction.gid(),
                transaction.plan(),
                transaction.createdAt(),
                deadline,
                transaction.progress(),
                transaction.custody());
    }
}
