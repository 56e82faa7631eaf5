package dev.entente.participant.check;

/** The promises of a participant, each small enough for a separate check. */
public enum Guarantee {
    /** A repeated forward call changes nothing more. */
    REPEATED_FORWARD_HAS_ONE_EFFECT("a repeated forward call changes nothing more"),
    /** A repeated forward call gets the answer of the first one. */
    REPEATED_FORWARD_HAS_ONE_ANSWER("a repeated forward call gets the response of the first call"),
    /** Many concurrent forward calls take effect once. */
    CONCURRENT_FORWARDS_HAVE_ONE_EFFECT("many concurrent forward calls take effect once"),
    /** A late call of a superseded coordinator is refused or gets the first answer, and changes nothing. */
    SUPERSEDED_CALL_CHANGES_NOTHING("a late call of a superseded coordinator changes nothing"),
    /** An undo reverts the changes of the forward call. */
    UNDO_TAKES_BACK("an undo reverts the changes of the forward call"),
    /** A repeated undo changes nothing more, and returns OK again. */
    REPEATED_UNDO_HAS_ONE_EFFECT("a repeated undo changes nothing more"),
    /** An undo without its forward call succeeds (or is answered NOT_FOUND) and changes nothing. */
    EMPTY_UNDO_DOES_NOTHING("an undo without its forward call succeeds and changes nothing"),
    /** A forward call that arrives after its undo is refused, and changes nothing. */
    LATE_FORWARD_IS_REFUSED("a forward call after its undo is refused"),
    /** A concurrent forward call and undo leave no changes, in either order. */
    FORWARD_AND_UNDO_AT_ONCE_END_UNDONE("a concurrent forward call and undo leave no changes"),
    /** A completion without its forward call is refused, and changes nothing. */
    COMPLETION_NEEDS_FORWARD("a completion without its forward call is refused"),
    /** A repeated completion changes nothing more, and returns OK again. */
    REPEATED_COMPLETION_HAS_ONE_EFFECT("a repeated completion changes nothing more");

    private final String sentence;

    Guarantee(String sentence) {
        this.sentence = sentence;
    }

    /** Returns a sentence for people, in lower case and without a full stop. */
    public String sentence() {
        return sentence;
    }
}
