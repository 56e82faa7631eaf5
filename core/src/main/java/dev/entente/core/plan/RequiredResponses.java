package dev.entente.core.plan;

import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Operation;
import java.util.List;
import java.util.function.Predicate;

/**
 * The responses that must be on record before a branch's forward call leaves. These are the responses that the call
 * reads, and the responses of other branches that its undo requires. The undo of a call that may have left can then be
 * built after any crash.
 */
public final class RequiredResponses {
    private RequiredResponses() {}

    /** Returns whether all these responses are on record. The branch's own response cannot exist before its call. */
    public static boolean isOpen(Branch branch, Predicate<String> isOnRecord) {
        Operation undo = branch.undo();
        return areAllRead(branch.forward().bindings(), isOnRecord)
                && (undo == null || areAllRequired(undo.bindings(), branch.id(), isOnRecord));
    }

    // This check runs before every forward call, mostly without any binding: no stream, no iterator.
    private static boolean areAllRead(List<Binding> bindings, Predicate<String> isOnRecord) {
        for (int i = 0; i < bindings.size(); i++) {
            if (!isOnRecord.test(bindings.get(i).from())) {
                return false;
            }
        }
        return true;
    }

    private static boolean areAllRequired(List<Binding> bindings, String own, Predicate<String> isOnRecord) {
        for (int i = 0; i < bindings.size(); i++) {
            Binding binding = bindings.get(i);
            if (binding.required() && !binding.from().equals(own) && !isOnRecord.test(binding.from())) {
                return false;
            }
        }
        return true;
    }
}
