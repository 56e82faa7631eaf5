package dev.entente.core.decision;

import com.google.protobuf.ByteString;
import dev.entente.core.payload.RequestBodies;
import dev.entente.core.plan.RequiredResponses;
import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.History;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Starts calls, with values from earlier responses filled in. */
final class Calls {
    private Calls() {}

    /** Returns whether the branch allows its next call to leave now. */
    static boolean isFree(Draft draft, BranchProgress branch) {
        return !branch.isInFlight()
                && !branch.isAwaitingPosition()
                && branch.stuck() == null
                && (branch.nextAttemptAt() == null || !draft.now().isBefore(branch.nextAttemptAt()));
    }

    /** Returns whether all responses that this branch's forward call requires are durable. */
    static boolean areResponsesDurable(Draft draft, int index) {
        return RequiredResponses.isOpen(draft.plan().branches().get(index), from -> {
            BranchProgress answered = draft.progress().branch(draft.plan().indexOf(from));
            return draft.isDurable(answered.known().revision());
        });
    }

    /**
     * Returns whether every operator action that may have restarted a refused branch is durable. Otherwise, if the
     * action is lost, a branch that was called because of the action would count as never called ({@link NeverCalled}).
     */
    static boolean areRestartsDurable(Draft draft) {
        int durable = draft.ownership().durableRevision();
        for (History at = draft.progress().history(); at != null && at.size() > durable; at = at.earlier()) {
            HistoryEvent event = at.last();
            if (event != null && restartsBranch(event.fact())) {
                return false;
            }
        }
        return true;
    }

    private static boolean restartsBranch(Fact fact) {
        return fact instanceof Fact.Retried || fact instanceof Fact.Resumed || fact instanceof Fact.Resolved;
    }

    static void start(Draft draft, int index, Role role) {
        if (!draft.ownership().isHeld() || (role == Role.FORWARD && !areRestartsDurable(draft))) {
            draft.requireWrite();
            return;
        }
        if (!draft.mayCall()) {
            return;
        }
        Branch branch = draft.plan().branches().get(index);
        Operation operation = operation(branch, role);
        if (isStuckForAbsentField(draft, index, operation)) {
            return;
        }
        BranchProgress progress = draft.progress().branch(index);
        ByteString request = RequestBodies.filled(operation, bound(draft, operation));
        draft.set(index, progress.calling());
        draft.add(new Effect.Call(
                index,
                role,
                progress.attempts() + 1,
                operation.target(),
                request,
                timeout(draft, operation.policy(), role)));
    }

    /**
     * Returns the timeout. The timeout of a try or prepare ends at the transaction's deadline at the latest, because
     * the reservation ends then.
     */
    private static Duration timeout(Draft draft, CallPolicy policy, Role role) {
        Instant deadline = draft.deadlineAt();
        if (role != Role.FORWARD || deadline == null || !draft.plan().pattern().hasCompletion()) {
            return policy.timeout();
        }
        Duration left = Duration.between(draft.now(), deadline);
        return left.isPositive() && left.compareTo(policy.timeout()) < 0 ? left : policy.timeout();
    }

    private static Operation operation(Branch branch, Role role) {
        Operation operation = branch.operation(role);
        if (operation == null) {
            throw new IllegalStateException("branch '" + branch.id() + "' has no operation for " + role);
        }
        return operation;
    }

    /** Marks the branch as stuck if a required field is absent, or if a field does not fit the request. */
    static boolean isStuckForAbsentField(Draft draft, int index, Operation operation) {
        for (Binding binding : operation.bindings()) {
            ByteString response = response(draft, binding);
            if (binding.required() && !RequestBodies.isPresent(operation.target(), response, binding.fromPath())) {
                return stuck(draft, index, RequestBodies.absence(operation.target(), response, binding));
            }
        }
        String misfit = RequestBodies.misfit(operation, bound(draft, operation));
        return misfit != null && stuck(draft, index, misfit);
    }

    private static boolean stuck(Draft draft, int index, String error) {
        draft.set(index, draft.progress().branch(index).stuckFor(ParkReason.BINDING_ABSENT, error));
        return true;
    }

    /** Lists the fields to be copied. */
    private static List<RequestBodies.Bound> bound(Draft draft, Operation operation) {
        List<RequestBodies.Bound> bound = new ArrayList<>(operation.bindings().size());
        for (Binding binding : operation.bindings()) {
            bound.add(new RequestBodies.Bound(response(draft, binding), binding));
        }
        return bound;
    }

    private static @Nullable ByteString response(Draft draft, Binding binding) {
        int from = draft.plan().indexOf(binding.from());
        return from < 0 ? null : draft.progress().branch(from).response();
    }
}
