package dev.entente.torture.check;

import java.util.Locale;

/** The rules that every run must satisfy, in addition to the rules of the reference. */
public enum Rule {
    /** An accepted transaction has finished, or is parked. */
    ACCEPTED_ENDS,
    /** All branches are done, or all are undone. */
    ALL_OR_NOTHING,
    /** No operation is done twice. */
    ONCE,
    /** No call came before the transaction was accepted, and no confirm before its client's Commit. */
    ORDER_FIRST,
    /** A message was delivered with its local transaction, or neither was. */
    BOTH_OR_NEITHER,
    /** No delivery arrived before the previous delivery of its queue was acknowledged. */
    IN_ORDER,
    /** No operation is done in a branch after that branch was undone. */
    UNDONE_STAYS_UNDONE,
    /** A later step sent the recorded response, unchanged each time. */
    RESPONSE_ON_RECORD,
    /** A superseded coordinator has no effect. */
    SUPERSEDED_IS_SILENT,
    /** An answer to a client stays true. */
    ANSWERS_ARE_FINAL,
    /** No money appears or disappears. */
    MONEY,
    /** A replay of the history gives the stored state. */
    REPLAY;

    /** Returns the name in lower case, for example {@code all-or-nothing}. */
    public String title() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
