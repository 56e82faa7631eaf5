package dev.entente.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks an exception of the application's as a business no. Thrown by the body of a {@link TransactionalBarrier}, it
 * is a {@link dev.entente.participant.Rejection} with that code and the exception's message: what the body did is
 * rolled back, and the verdict is given to every later call. Exceptions below a marked one are marked, too.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface RejectedAs {
    /** The reason's code, such as {@code OUT_OF_STOCK}. */
    String value();
}
