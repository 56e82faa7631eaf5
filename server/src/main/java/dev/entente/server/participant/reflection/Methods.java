package dev.entente.server.participant.reflection;

import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Target;
import org.jspecify.annotations.Nullable;

/**
 * Finds the request and response types of participants' methods, as far as their descriptors are known. Thread-safe.
 */
public interface Methods {

    /**
     * The method's types, from a descriptor set or the participant's reflection. May block for seconds.
     *
     * @throws Refusal ENT-024 where there are no descriptors or they do not know the method, ENT-014 or ENT-015 where
     *     the participant may not be asked
     */
    MethodTypes require(Target.Grpc target);

    /** Tells whether any method can be doubtful. */
    default boolean knowsAny() {
        return false;
    }

    /** Tells whether what is known of the method's service speaks against it. Quick: nobody is asked. */
    default boolean isDoubtful(Target.Grpc target) {
        return false;
    }

    /**
     * Why the participant serves no such method, by its own word; null where it may serve it. May block for seconds.
     */
    default @Nullable Refusal mistaken(Target.Grpc target) {
        return null;
    }
}
