package dev.entente.spring;

import dev.entente.jdbc.SqlCondition;
import dev.entente.participant.BarrierUnusable;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchException;
import dev.entente.participant.InProgress;
import dev.entente.participant.Rejection;
import dev.entente.wire.CallMark;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.AnnotationUtils;

/** Finds the verdict for a coordinator in an exception: its own, or that of {@link RejectedAs}. */
final class RejectedExceptions {
    /** The last call of this thread whose work was committed; it is compared with the current call. */
    private static final ThreadLocal<Branch> COMMITTED = new ThreadLocal<>();

    /** Exceptions that have rolled a transaction back. */
    private static final Set<Throwable> ROLLED_BACK =
            Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    /** Class names, because an application may lack these jars. */
    private static final Set<String> LOST_LOCKS = Set.of(
            "org.springframework.dao.ConcurrencyFailureException",
            "jakarta.persistence.OptimisticLockException",
            "jakarta.persistence.PessimisticLockException",
            "jakarta.persistence.LockTimeoutException",
            "org.hibernate.StaleStateException");

    private static final Set<String> UNUSABLE =
            Set.of("dev.entente.outbox.OutboxUnusable", "dev.entente.eventstore.EventsUnusable");

    private static final Duration SOON = Duration.ofMillis(500);

    private RejectedExceptions() {}

    /** Records that work of this call is committed, so that no exception can undo it. */
    static void committed(Branch branch) {
        COMMITTED.set(branch);
    }

    /** Records that this exception rolled a transaction back, so that a rejection among its causes is valid. */
    static void rolledBack(Throwable failure) {
        if (of(failure).isPresent()) {
            ROLLED_BACK.add(failure);
        }
    }

    /**
     * Returns the answer to a failed coordinator's call. The answer is the verdict of {@link #of}. It is empty for a
     * rejection without a rollback, {@link BarrierUnusable} for an unusable outbox or event store, and {@link
     * InProgress} if a handler behind the barrier lost a lock.
     */
    static Optional<BranchException> in(Throwable failure) {
        boolean isReached = CallMark.hasReachedBarrier();
        Optional<BranchException> verdict = of(failure);
        if (verdict.isEmpty()) {
            return unusable(failure).or(() -> isReached ? lostLock(failure) : verdict);
        }
        boolean isTrusted = isReached
                || !(verdict.get() instanceof Rejection)
                || causes(failure).anyMatch(ROLLED_BACK::contains);
        return isTrusted ? verdict : Optional.empty();
    }

    /** Reports a wrong configuration, such as a missing table, for which a repeated call does not help. */
    private static Optional<BranchException> unusable(Throwable failure) {
        return causes(failure)
                .filter(each -> UNUSABLE.contains(each.getClass().getName()))
                .findFirst()
                .map(BarrierUnusable::misconfigured);
    }

    private static Optional<BranchException> lostLock(Throwable failure) {
        boolean isLost = causes(failure).anyMatch(RejectedExceptions::isLostLock);
        return isLost
                ? Optional.of(new InProgress(SOON, "a lock was lost, and nothing was kept: " + failure.getMessage()))
                : Optional.empty();
    }

    private static boolean isLostLock(Throwable failure) {
        if (failure instanceof SQLException broken) {
            return SqlCondition.TRANSACTION_CONFLICT.matchesFailure(broken)
                    || SqlCondition.LOCK_TIMEOUT.matchesFailure(broken);
        }
        return Stream.<Class<?>>iterate(failure.getClass(), Objects::nonNull, Class::getSuperclass)
                .anyMatch(type -> LOST_LOCKS.contains(type.getName()));
    }

    static Stream<Throwable> causes(Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause);
    }

    /**
     * Returns the verdict of the outermost cause that has one; empty if none has. A rejection is refused if work of the
     * call may be committed.
     */
    static Optional<BranchException> of(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            Rejection marked = marked(each);
            if (marked != null) {
                return Optional.of(checked(failure, each, marked));
            } else if (each instanceof BranchException exception) {
                return Optional.of(each instanceof Rejection ? checked(failure, each, exception) : exception);
            }
        }
        return Optional.empty();
    }

    /** Returns the rejection of a marked exception; null if it is not marked. */
    static @Nullable Rejection marked(Throwable failure) {
        RejectedAs mark = AnnotationUtils.findAnnotation(failure.getClass(), RejectedAs.class);
        return mark == null ? null : new Rejection(mark.value(), failure.getMessage(), failure);
    }

    private static BranchException checked(Throwable thrown, Throwable no, BranchException exception) {
        if (isChecked(thrown) || isChecked(no)) {
            return BarrierUnusable.halfDone(
                    no,
                    "is, or is inside, a checked exception, for which @Transactional commits unless rollbackFor names"
                            + " it; throw a RuntimeException");
        }
        Branch committed = COMMITTED.get();
        return committed != null && committed == Branch.current().orElse(null)
                ? BarrierUnusable.halfDone(
                        no,
                        "was thrown after the barrier's commit, or @Transactional commits with it (noRollbackFor);"
                                + " throw it in the barrier's body, or let @Transactional roll back")
                : exception;
    }

    private static boolean isChecked(Throwable failure) {
        return !(failure instanceof RuntimeException) && !(failure instanceof Error);
    }
}
