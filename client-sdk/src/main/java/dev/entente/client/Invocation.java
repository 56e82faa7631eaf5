package dev.entente.client;

import dev.entente.v1.Operation;

/** One thing that a participant is to be asked: a {@link Call}, {@link HttpCall} or {@link KafkaCall}. Immutable. */
public sealed interface Invocation permits Call, HttpCall, KafkaCall {
    /** As the plan has it. */
    Operation toProto();

    /** Tells whether it reads the answer of another branch. */
    boolean hasBindings();
}
