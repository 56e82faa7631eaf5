package dev.entente.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks an exception of the application's as a business no: a {@link dev.entente.participant.Rejection} with that code
 * and the exception's message, also where it is the cause of another one. Thrown by the body of a {@link
 * TransactionalBarrier}, it rolls back what the body did, and the verdict is given to every later call. Thrown anywhere
 * else in a coordinator's call, it is answered before any advice of the application's sees it, and is not stored: let it
 * pass through {@code @Transactional}, which rolls back. Elsewhere it means nothing. Exceptions below a marked one are
 * marked, too.
 *
 * <p>Mark unchecked exceptions only: a checked one, for which Spring commits, parks the transaction (ENT-089). So does
 * one that {@code noRollbackFor} names, unless its transaction is read-only, and one that comes after the barrier's
 * commit.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface RejectedAs {
    /** The reason's code, such as {@code OUT_OF_STOCK}. */
    String value();
}
