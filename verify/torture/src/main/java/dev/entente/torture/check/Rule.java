package dev.entente.torture.check;

import java.util.Locale;

/** The rules that every run must keep, beside those of the reference. */
public enum Rule {
    /** An accepted transaction has ended, or is parked. */
    ACCEPTED_ENDS,
    /** All branches are done, or all are undone. */
    ALL_OR_NOTHING,
    /** Nothing is done twice. */
    ONCE,
    /** No call came before the transaction was accepted, and no confirm before its client's Commit. */
    ORDER_FIRST,
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
