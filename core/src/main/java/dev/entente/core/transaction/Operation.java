package dev.entente.core.transaction;

import com.google.protobuf.ByteString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing a participant can be asked to do.
 *
 * @param body the request as it goes over the wire, before bindings
 * @param policy how the participant is called
 * @param child the pattern of the transaction that makes this call, or null where it is called from here: then this
 *     operation is done when that transaction is durably accepted
 */
public record Operation(
        Target target,
        ByteString body,
        List<Binding> bindings,
        CallPolicy policy,
        @Nullable Pattern child) {

    /** Called from here. */
    public Operation(Target target, ByteString body, List<Binding> bindings, CallPolicy policy) {
        this(target, body, bindings, policy, null);
    }

    /** How often it is tried from here: to call, or to have the child accepted. */
    public CallPolicy ownPolicy() {
        return child == null ? policy : CallPolicy.standard(Role.FORWARD);
    }

    /** The same, made by a transaction of its own. */
    public Operation by(Pattern pattern) {
        return new Operation(target, body, bindings, policy, pattern);
    }
}
