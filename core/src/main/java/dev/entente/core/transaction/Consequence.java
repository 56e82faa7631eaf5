package dev.entente.core.transaction;

/** The consequence of a finished call for its branch, as far as the outcome alone does not tell it. */
public sealed interface Consequence {
    /** The outcome tells all: the operation is done, or it is called again. */
    record None() implements Consequence {}

    /** The participant does not know the forward call: the undo has nothing to do. */
    record NothingToUndo() implements Consequence {}

    /**
     * The transaction turns to undo.
     *
     * @param isTrusted whether the no is believed: the branch is not undone
     * @param isChildLeftOut whether the participant said yes, and did not name a child that joined: the no is the
     *     coordinator's
     */
    record Turns(boolean isTrusted, boolean isChildLeftOut) implements Consequence {}

    /**
     * The branch waits for an operator.
     *
     * @param isTrusted whether the no is believed
     */
    record Stuck(ParkReason reason, boolean isTrusted) implements Consequence {}

    /** Tells whether the answer is a no that is believed. */
    default boolean isTrusted() {
        return false;
    }

    /** Tells whether no further attempt follows by itself. */
    default boolean isFinal() {
        return this instanceof Turns || this instanceof Stuck;
    }
}
