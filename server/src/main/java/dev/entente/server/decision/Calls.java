package dev.entente.server.decision;

import com.google.protobuf.ByteString;
import dev.entente.server.transaction.Binding;
import dev.entente.server.transaction.Branch;
import dev.entente.server.transaction.BranchProgress;
import dev.entente.server.transaction.CallPolicy;
import dev.entente.server.transaction.Operation;
import dev.entente.server.transaction.ParkReason;
import dev.entente.server.transaction.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lets calls leave, with what they read from earlier responses filled in. */
final class Calls {
    private Calls() {}

    /** Whether nothing about the branch itself keeps its next call from leaving now. */
    static boolean isFree(Draft draft, BranchProgress branch) {
        return !branch.isInFlight()
                && branch.stuck() == null
                && (branch.nextAttemptAt() == null || !draft.now().isBefore(branch.nextAttemptAt()));
    }

    /** Whether every response that this branch's forward call reads is durable. */
    static boolean areResponsesDurable(Draft draft, int index) {
        for (Binding binding : draft.plan().branches().get(index).forward().bindings()) {
            int from = draft.plan().indexOf(binding.from());
            if (!draft.isDurable(draft.progress().branch(from).doneRevision())) {
                return false;
            }
        }
        return true;
    }

    static void start(Draft draft, int index, Role role) {
        if (!draft.custody().isHeld()) {
            draft.gate();
            return;
        }
        if (!draft.mayCall()) {
            return;
        }
        Branch branch = draft.plan().branches().get(index);
        Operation operation = operation(branch, role);
        List<Bodies.Bound> bound = new ArrayList<>(operation.bindings().size());
        Binding absent = bind(draft, operation, bound);
        BranchProgress progress = draft.progress().branch(index);
        if (absent != null) {
            String error = "field '" + absent.fromPath() + "' of the response of '" + absent.from() + "' is absent";
            draft.set(index, progress.stuckFor(ParkReason.BINDING_ABSENT, error));
            return;
        }
        ByteString request = Bodies.filled(operation, bound);
        draft.set(index, progress.calling());
        draft.add(new Effect.Call(
                index,
                role,
                progress.attempts() + 1,
                operation.target(),
                request,
                timeout(draft, operation.policy(), role)));
    }

    /** A try or a prepare inherits the transaction's deadline: what it reserves for others ends with it. */
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

    /** Collects what is to be copied; the first required field that is not there, or null. */
    private static @Nullable Binding bind(Draft draft, Operation operation, List<Bodies.Bound> bound) {
        for (Binding binding : operation.bindings()) {
            int from = draft.plan().indexOf(binding.from());
            ByteString response =
                    from < 0 ? null : draft.progress().branch(from).response();
            if (binding.required() && !Bodies.isPresent(operation.target(), response, binding.fromPath())) {
                return binding;
            }
            bound.add(new Bodies.Bound(response, binding));
        }
        return null;
    }
}
