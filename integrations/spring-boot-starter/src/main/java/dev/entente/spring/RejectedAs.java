package dev.entente.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks an exception of the application as a rejection. The result is a {@link dev.entente.participant.Rejection} with
 * this code and the exception's message, also as the cause of another exception. Thrown by the body of a {@link
 * TransactionalBarrier}, it rolls the body back, and each later call gets the verdict. Thrown elsewhere in a
 * coordinator's call, it is answered before any advice of the application, and is not stored. Let it pass through
 * {@code @Transactional}, which rolls back. The annotation has no effect outside such a call. Subclasses are marked,
 * too.
 *
 * <p>Mark unchecked exceptions only: Spring commits for a checked exception, and the global transaction then parks
 * (ENT-089). If {@code noRollbackFor} names the exception, the global transaction also parks, unless the Spring
 * transaction is read-only. After the barrier's commit, a marked exception also parks the global transaction.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface RejectedAs {
    /** The reason's code, such as {@code OUT_OF_STOCK}. */
    String value();
}
