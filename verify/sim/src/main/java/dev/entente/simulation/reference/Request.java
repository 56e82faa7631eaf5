package dev.entente.simulation.reference;

import java.util.Set;

/** A request from outside about a transaction. */
public sealed interface Request {

    /**
     * The client reports that these branches were tried successfully.
     *
     * @param tried their names; {@code parent/*} for all branches below a parent without a trailer, which vouches for
     *     its children
     */
    record Commit(Set<String> tried) implements Request {}

    /** One more branch joins. */
    record Register() implements Request {}

    /** A client or an operator requests the undo of the transaction. */
    record Abort() implements Request {}

    /** An operator retries the parked transaction, including refused branches. */
    record Retry() implements Request {}

    /** An operator lifts the park. */
    record Resume() implements Request {}

    /** An operator parks the transaction. */
    record Park() implements Request {}

    /** A person answers the question of a branch. */
    record Approve(String branch, boolean isYes) implements Request {}

    /** An operator states what happened to an operation. */
    record State(String branch, String operation, Truth truth) implements Request {}

    /** An operator gives up the stuck parts of a message. */
    record Skip() implements Request {}

    /** A subscriber was removed: its deliveries end. */
    record Drop() implements Request {}

    /** An operator ends the transaction, regardless of the rules. */
    record Force() implements Request {}

    /** The facts that an operator may state. */
    enum Truth {
        DONE,
        NEVER_HAPPENED,
        UNDONE
    }
}
