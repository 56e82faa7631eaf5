package dev.entente.core.plan;

import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Operation;
import java.util.List;
import java.util.function.Predicate;

/**
 * The responses that are on record before a branch's forward call leaves. These are the ones that the call reads, and
 * those that its undo requires of other branches. So an undo whose forward call may have left can be built, whoever has
 * died meanwhile.
 */
public final class ResponseGate {
    private ResponseGate() {}

    /** Tells whether all of them are on record; the branch's own response cannot be before its call. */
    public static boolean isOpen(Branch branch, Predicate<String> isOnRecord) {
        Operation undo = branch.undo();
        return areAllRead(branch.forward().bindings(), isOnRecord)
                && (undo == null || areAllRequired(undo.bindings(), branch.id(), isOnRecord));
    }

    // Asked before every forward call, and mostly of operations that bind nothing: no stream, no iterator.
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
