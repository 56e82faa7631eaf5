package dev.entente.server.participant.reflection;

import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Target;
import org.jspecify.annotations.Nullable;

/** Finds participants' methods, with the types of request and response, as far as they are known. Thread-safe. */
public interface Methods {

    /**
     * The unary method of that name, from a descriptor set or the participant's reflection. May block for seconds.
     *
     * @throws Refusal ENT-024 where there are no descriptors or they do not know the method, ENT-014 or ENT-015 where
     *     the participant may not be asked
     */
    MethodDescriptor require(Target.Grpc target);

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
