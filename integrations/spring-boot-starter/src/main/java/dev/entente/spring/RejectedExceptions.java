package dev.entente.spring;

import dev.entente.participant.BarrierUnusable;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchException;
import dev.entente.participant.Rejection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.AnnotationUtils;

/** Reads the verdict for a coordinator off an exception: its own, or that of {@link RejectedAs}. */
final class RejectedExceptions {
    /** The call whose work was committed on this thread last; it is compared with the current one. */
    private static final ThreadLocal<Branch> COMMITTED = new ThreadLocal<>();

    private RejectedExceptions() {}

    /** Notes that something of that call is committed: no exception takes it back. */
    static void committed(Branch branch) {
        COMMITTED.set(branch);
    }

    /**
     * Finds the outermost of its causes that has a verdict; empty if none has. A no is refused where something of the
     * call may be committed.
     */
    static Optional<BranchException> in(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            Rejection marked = marked(each);
            if (marked != null) {
                return Optional.of(checked(failure, each, marked));
            } else if (each instanceof BranchException said) {
                return Optional.of(each instanceof Rejection ? checked(failure, each, said) : said);
            }
        }
        return Optional.empty();
    }

    /** Returns the no that an exception is marked as; null if it is not. */
    static @Nullable Rejection marked(Throwable failure) {
        RejectedAs mark = AnnotationUtils.findAnnotation(failure.getClass(), RejectedAs.class);
        return mark == null ? null : new Rejection(mark.value(), failure.getMessage(), failure);
    }

    private static BranchException checked(Throwable thrown, Throwable no, BranchException said) {
        if (isChecked(thrown) || isChecked(no)) {
            return BarrierUnusable.halfDone(
                    no,
                    "is, or is in, a checked exception, for which @Transactional commits; throw a RuntimeException");
        }
        Branch committed = COMMITTED.get();
        return committed != null && committed == Branch.current().orElse(null)
                ? BarrierUnusable.halfDone(
                        no,
                        "came after the barrier's commit, or @Transactional commits with it (noRollbackFor); throw it"
                                + " in the barrier's body, or let @Transactional roll back")
                : said;
    }

    private static boolean isChecked(Throwable failure) {
        return !(failure instanceof RuntimeException) && !(failure instanceof Error);
    }
}
