package dev.entente.core.decision;

import com.google.protobuf.ByteString;
import dev.entente.core.payload.RequestBodies;
import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Plan;
import org.jspecify.annotations.Nullable;

/**
 * Checks that the client of a TCC transaction reports every branch as tried and provides the fields that the confirms
 * need. The check runs before the decision.
 */
final class Committing {
    private Committing() {}

    /** @throws dev.entente.core.transaction.Refusal ENT-045: nothing is decided */
    static void check(Plan plan, TransactionRequest.Commit request) {
        for (String name : request.branches()) {
            if (!TriedBranches.isKnown(plan, name)) {
                throw TransactionRequest.impossible("branch '" + name + "' is not registered");
            }
        }
        String leftOut = TriedBranches.leftOut(plan, request.branches());
        if (leftOut != null) {
            throw TransactionRequest.impossible(why(leftOut));
        }
        for (String name : request.responses().keySet()) {
            if (plan.indexOf(name) < 0) {
                throw TransactionRequest.impossible("branch_responses has '" + name + "', which is not registered");
            }
        }
        plan.branches().forEach(branch -> checkConfirm(branch, request));
    }

    private static String why(String leftOut) {
        int slash = leftOut.lastIndexOf('/');
        if (slash < 0) {
            return "branch '" + leftOut + "' is registered, but not listed as tried with success; abort instead";
        }
        String parent = leftOut.substring(0, slash);
        return "branch '" + leftOut
                + "' is registered, but not listed as tried with success: list it if the response of '" + parent
                + "' lists it (entente-tried), or '" + parent + "/*' if that response lists nothing; else abort";
    }

    private static void checkConfirm(Branch branch, TransactionRequest.Commit request) {
        Operation confirm = branch.completion();
        if (confirm == null) {
            return;
        }
        for (Binding binding : confirm.bindings()) {
            @Nullable ByteString response = request.responses().get(binding.from());
            if (binding.required() && !RequestBodies.isPresent(confirm.target(), response, binding.fromPath())) {
                throw TransactionRequest.impossible(
                        "the confirm of '" + branch.id() + "' requires field '" + binding.fromPath()
                                + "' of the response of '" + binding.from()
                                + "', and branch_responses does not have it");
            }
        }
    }
}
