package dev.entente.client;

import dev.entente.v1.SagaStep;

/** Something that a {@link Saga} does, and that others may come after. */
public sealed interface SagaPart permits Step, ApprovalStep {
    /** The branch's name. */
    String id();

    /** As it is sent. */
    SagaStep toProto();
}
