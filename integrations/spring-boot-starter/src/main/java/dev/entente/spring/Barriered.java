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
 * <p>A controller answers with nothing, a protobuf message, or what its application's JSON mapper writes and reads. An
 * undo whose forward call never came answers with null, or the message's default instance. A gRPC method answers before
 * it returns; the answer leaves after the commit. Any exception rolls back, also a checked one.
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
