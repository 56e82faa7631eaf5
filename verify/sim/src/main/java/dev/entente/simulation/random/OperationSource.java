package dev.entente.simulation.random;

import dev.entente.v1.Operation;

/** Makes the operations of a drawn plan: whom they call, with what, how often and how long. */
@FunctionalInterface
public interface OperationSource {
    /** The part that an operation plays in its branch. */
    enum Part {
        FORWARD,
        COMPLETION,
        UNDO,
        DELIVERY,
        NOTIFICATION,
        CHECK
    }

    /** Returns a new operation; its bindings are added by whoever draws. */
    Operation.Builder operation(Part part);
}
