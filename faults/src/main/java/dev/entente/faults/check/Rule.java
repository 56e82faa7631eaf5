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
    /** Nothing is done in a branch once that branch was undone. */
    UNDONE_STAYS_UNDONE,
    /** A later step carried the response that is on record, the same each time. */
    RESPONSE_ON_RECORD,
    /** Whoever was superseded changed nothing any more. */
    SUPERSEDED_IS_SILENT,
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
