package dev.entente.server.participant.reflection;

import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Target;
import org.jspecify.annotations.Nullable;

/** Finds participants' methods with their request and response types, if known. Thread-safe. */
public interface Methods {

    /**
     * Returns a unary method, from a descriptor set or the participant's reflection. May block for seconds.
     *
     * @throws Refusal ENT-024 if there are no descriptors or they lack the method, ENT-014 or ENT-015 if the
     *     participant must not be queried
     */
    MethodDescriptor require(Target.Grpc target);

    /** Returns whether there are known descriptors. Otherwise {@link #isDoubtful} is false for every method. */
    default boolean knowsAny() {
        return false;
    }

    /** Returns whether the cached knowledge of the service contradicts the method. Quick: sends no query. */
    default boolean isDoubtful(Target.Grpc target) {
        return false;
    }

    /** Returns a refusal if the participant's descriptors lack the method; null otherwise. May block for seconds. */
    default @Nullable Refusal mistaken(Target.Grpc target) {
        return null;
    }
}
