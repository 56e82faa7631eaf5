package dev.entente.core.transaction;

/** The effect of a finished call on its branch, where the outcome alone does not decide it. */
public sealed interface Consequence {
    /** No effect beyond the outcome: the operation is done, or is called again. */
    record None() implements Consequence {}

    /** The participant does not know the forward call: there is nothing to undo. */
    record NothingToUndo() implements Consequence {}

    /**
     * The transaction switches to undo.
     *
     * @param isTrusted whether the rejection is trusted: the branch is not undone
     * @param isChildLeftOut whether the participant succeeded without naming a child that joined: the branch counts
     *     as failed
     */
    record CausesUndo(boolean isTrusted, boolean isChildLeftOut) implements Consequence {}

    /**
     * The branch waits for an operator.
     *
     * @param isTrusted whether the rejection is trusted
     */
    record Stuck(ParkReason reason, boolean isTrusted) implements Consequence {}

    /** Returns whether the answer is a rejection that is trusted. */
    default boolean isTrusted() {
        return false;
    }

    /** Returns whether no further attempt follows automatically. */
    default boolean isFinal() {
        return this instanceof CausesUndo || this instanceof Stuck;
    }
}
