package dev.entente.simulation.random;

import dev.entente.v1.Operation;

/** Makes the operations of a drawn plan: their participants, requests, attempts and timeouts. */
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

    /** Returns a new operation; the caller adds the bindings. */
    Operation.Builder operation(Part part);
}
