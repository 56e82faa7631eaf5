package dev.entente.client;

import dev.entente.v1.SagaStep;

/** A part of a {@link Saga}, to which the order of other parts may refer. */
public sealed interface SagaPart permits Step, ApprovalStep {
    /** Returns the branch's name. */
    String id();

    /** Returns the part in the plan's format. */
    SagaStep toProto();
}
