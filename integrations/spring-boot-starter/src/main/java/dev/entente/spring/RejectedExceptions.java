package dev.entente.spring;

import dev.entente.participant.BarrierUnusable;
import dev.entente.participant.BranchException;
import dev.entente.participant.Rejection;
import java.util.Optional;
import org.springframework.core.annotation.AnnotationUtils;

/** Reads the verdict for a coordinator off an exception: its own, or that of {@link RejectedAs}. */
final class RejectedExceptions {
    private RejectedExceptions() {}

    /**
     * Finds the outermost of its causes that has a verdict; empty if none has. One that is checked is refused: with it
     * {@code @Transactional} commits.
     */
    static Optional<BranchException> in(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (each instanceof BranchException said) {
                return Optional.of(said);
            }
            RejectedAs rejected = AnnotationUtils.findAnnotation(each.getClass(), RejectedAs.class);
            if (rejected != null) {
                return Optional.of(
                        each instanceof RuntimeException || each instanceof Error
                                ? new Rejection(rejected.value(), each.getMessage(), each)
                                : BarrierUnusable.checkedRejection(each));
            }
        }
        return Optional.empty();
    }
}
