package dev.entente.simulation.reference;

import java.util.Set;

/** A request from outside about a transaction. */
public sealed interface Request {

    /**
     * The client says that these branches were tried with success.
     *
     * @param tried their names; {@code parent/*} for all below a parent that sent no trailer, and so vouches for its
     *     children
     */
    record Commit(Set<String> tried) implements Request {}

    /** One more branch joins. */
    record Register() implements Request {}

    /** Somebody asks for the transaction to be turned back. */
    record Abort() implements Request {}

    /** An operator has the parked transaction try again, refused branches included. */
    record Retry() implements Request {}

    /** An operator lifts the park. */
    record Resume() implements Request {}

    /** An operator parks the transaction. */
    record Park() implements Request {}

    /** A person answers the question of a branch. */
    record Approve(String branch, boolean isYes) implements Request {}

    /** An operator states what happened to an operation. */
    record State(String branch, String operation, Truth truth) implements Request {}

    /** An operator gives up what is stuck of a message. */
    record Skip() implements Request {}

    /** A subscriber has gone: its deliveries end. */
    record Drop() implements Request {}

    /** An operator ends it, whatever the rules say. */
    record Force() implements Request {}

    /** The facts that an operator may state. */
    enum Truth {
        DONE,
        NEVER_HAPPENED,
        UNDONE
    }
}
