package dev.entente.faults.check;

import java.util.Locale;

/** The rules that every run must keep. */
public enum Rule {
    /** An accepted transaction has ended, or is parked. */
    ACCEPTED_ENDS,
    /** All branches are done, or all are undone. */
    ALL_OR_NOTHING,
    /** Nothing is done twice. */
    ONCE,
    /** No completion and no undo came before something ordered it. */
    ORDER_FIRST,
    /** Nothing was undone while what comes after it stood, and nothing was completed before what it comes after. */
    IN_ORDER,
    /** Nothing came that waits for somebody's approval before that was on record, and nothing at all after a no. */
    APPROVED_FIRST,
    /** A message was delivered with its local transaction, or neither was. */
    BOTH_OR_NEITHER,
    /** No delivery in a lane came before the one ahead of it was taken. */
    IN_TURN,
    /** Nothing is done in a branch once that branch was undone. */
    UNDONE_STAYS_UNDONE,
    /** A later step carried the response that is on record, the same each time. */
    RESPONSE_ON_RECORD,
    /** A superseded coordinator changed nothing any more. */
    SUPERSEDED_IS_SILENT,
    /** An operator states nothing while a call is under way that could make it untrue. */
    STATED_WHEN_QUIET,
    /** A transaction parked by a failover stays as it is until people release it. */
    RELEASED_FIRST,
    /** An answer to a client stays true. */
    ANSWERS_STAND,
    /** No money came from nowhere, none is gone. */
    MONEY,
    /** The history leads to the state that is stored. */
    REPLAY;

    /** {@code all-or-nothing}. */
    public String title() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
