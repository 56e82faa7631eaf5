package dev.entente.client;

import dev.entente.v1.Operation;

/** One thing that a participant is to be asked: a {@link Call} over gRPC, or an {@link HttpCall}. Immutable. */
public sealed interface Invocation permits Call, HttpCall {
    /** As the plan has it. */
    Operation toProto();

    /** Tells whether it reads the answer of another branch. */
    boolean hasBindings();
}
