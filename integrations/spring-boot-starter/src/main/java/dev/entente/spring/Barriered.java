package dev.entente.spring;

import dev.entente.participant.BranchOp;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Runs a controller's handler, or a unary method of a gRPC service, behind the barrier, as {@link
 * TransactionalBarrier#run} does. The barrier joins the active transaction, or begins one. A repeated call gets the
 * stored answer. On a type, the annotation applies to all its handlers.
 *
 * <pre>{@code
 * @PostMapping("/debits")
 * @Barriered(op = BranchOp.ACTION)
 * Debit debit(@RequestBody DebitRequest request) {
 *   return accounts.debit(request);
 * }
 * }</pre>
 *
 * <p>Status, headers and bytes of a controller's answer are stored with the work, and a repeated call gets exactly
 * these. A status 4xx, except 408, 425 and 429, is a rejection and rolls back. Any other unsuccessful status rolls back
 * without a stored answer. Spring advice outside the barrier gets no return value. An undo without its forward call is
 * answered with 200 and no body, or with the message's default instance. A gRPC method must answer before it returns;
 * the answer is sent after the commit. Any exception rolls back, also a checked one.
 *
 * <p>The class must be a bean. A call of the method from its own class bypasses the proxy and therefore the barrier.
 */
@Documented
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface Barriered {
    /**
     * The accepted operations. Calls of other operations are answered with 405 or UNIMPLEMENTED (ENT-087). The default
     * accepts all operations.
     */
    BranchOp[] op() default {};

    /**
     * Permits a call without Entente's headers, which runs in a transaction without the barrier, each time. The default
     * answers such a call with 400 or UNIMPLEMENTED (ENT-095).
     */
    boolean bareCalls() default false;
}
