package dev.entente.spring;

import dev.entente.participant.BranchOp;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Puts a controller's handler, or a unary method of a gRPC service, behind the barrier, as {@link
 * TransactionalBarrier#run} does. It joins the transaction that runs, or begins one; a repeated call gets the stored
 * answer. On a type it holds for all handlers of it.
 *
 * <pre>{@code
 * @PostMapping("/debits")
 * @Barriered(op = BranchOp.ACTION)
 * Debit debit(@RequestBody DebitRequest request) {
 *   return accounts.debit(request);
 * }
 * }</pre>
 *
 * <p>Status, headers and bytes of a controller's answer are stored with the work: a repeated call gets exactly these. A
 * status of 4xx, except 408, 425 and 429, is a business no, and rolls back; so does any other status that is no success,
 * but nothing is stored. Advice outside of the barrier sees no return value. An undo whose forward call never came is
 * answered with 200 and no body, or the message's default instance. A gRPC method answers before it returns; the answer
 * leaves after the commit. Any exception rolls back, also a checked one.
 *
 * <p>The class must be a bean. A call of the method from its own class passes no proxy, and so no barrier.
 */
@Documented
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface Barriered {
    /** The operations that are served; others are answered 405 or UNIMPLEMENTED (ENT-087). All where none is named. */
    BranchOp[] op() default {};

    /**
     * Tells whether a call without Entente's headers runs in a transaction without the barrier, each time. Otherwise it
     * is answered 400 or UNIMPLEMENTED (ENT-095).
     */
    boolean bareCalls() default false;
}
