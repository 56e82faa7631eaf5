package dev.entente.core.transaction;

import com.google.protobuf.ByteString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One operation of a participant.
 *
 * @param body the request as sent, before bindings
 * @param policy how the participant is called
 * @param child the pattern of the child transaction that makes this call; with a child, this operation is done when the
 *     child is durably accepted; null where this transaction makes the call
 */
public record Operation(
        Target target,
        ByteString body,
        List<Binding> bindings,
        CallPolicy policy,
        @Nullable Pattern child) {

    /** Makes an operation that this transaction calls itself. */
    public Operation(Target target, ByteString body, List<Binding> bindings, CallPolicy policy) {
        this(target, body, bindings, policy, null);
    }

    /**
     * Returns the policy for this transaction's own attempts: calls, or attempts to have the child transaction
     * accepted.
     */
    public CallPolicy ownPolicy() {
        return child == null ? policy : CallPolicy.standard(Role.FORWARD);
    }

    /** Returns this operation as the call of a child transaction. */
    public Operation by(Pattern pattern) {
        return new Operation(target, body, bindings, policy, pattern);
    }
}
