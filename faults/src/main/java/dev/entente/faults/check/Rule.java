package dev.entente.faults.check;

import java.util.Locale;

/** What must hold of every run. */
public enum Rule {
    /** What was accepted has ended, or stands parked. */
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
    /** Of deliveries in one lane none came before the one ahead of it was taken. */
    IN_TURN,
    /** Nothing is done in a branch once that branch was undone. */
    UNDONE_STAYS_UNDONE,
    /** A later step carried the response that is on record, the same each time. */
    RESPONSE_ON_RECORD,
    /** Whoever was superseded changed nothing any more. */
    SUPERSEDED_IS_SILENT,
    /** What an operator states, he states when nothing is under way that could make it untrue. */
    STATED_WHEN_QUIET,
    /** What a failover has parked stays as it is until people release it. */
    RELEASED_FIRST,
    /** What a client was told stays true. */
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
