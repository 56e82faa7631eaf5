package dev.entente.participant.check;

/** The promises of a participant, each small enough to be checked by itself. */
public enum Guarantee {
    /** A forward call that comes again changes nothing more. */
    REPEATED_FORWARD_HAS_ONE_EFFECT("a repeated forward call changes nothing more"),
    /** And is answered as the first one was. */
    REPEATED_FORWARD_HAS_ONE_ANSWER("a repeated forward call gets the first one's answer"),
    /** Many forward calls at once take effect once. */
    CONCURRENT_FORWARDS_HAVE_ONE_EFFECT("of many forward calls at once one takes effect"),
    /**
     * One that was on its way when another coordinator took over is refused or answered once more, and changes nothing.
     */
    SUPERSEDED_CALL_CHANGES_NOTHING("a late call of a superseded coordinator changes nothing"),
    /** An undo takes back what the forward call did. */
    UNDO_TAKES_BACK("an undo takes back what the forward call did"),
    /** An undo that comes again changes nothing more, and says OK again. */
    REPEATED_UNDO_HAS_ONE_EFFECT("a repeated undo changes nothing more"),
    /** An undo whose forward call never came succeeds (or is answered NOT_FOUND) and changes nothing. */
    EMPTY_UNDO_DOES_NOTHING("an undo without its forward call succeeds and does nothing"),
    /** A forward call that arrives after its undo is refused, and changes nothing. */
    LATE_FORWARD_IS_REFUSED("a forward call after its undo is refused"),
    /** A forward call and its undo at once end undone, whichever was first. */
    FORWARD_AND_UNDO_AT_ONCE_END_UNDONE("a forward call and its undo at once end undone"),
    /** A completion whose forward call never came is refused, and changes nothing. */
    COMPLETION_NEEDS_FORWARD("a completion without its forward call is refused"),
    /** A completion that comes again changes nothing more, and says OK again. */
    REPEATED_COMPLETION_HAS_ONE_EFFECT("a repeated completion changes nothing more");

    private final String sentence;

    Guarantee(String sentence) {
        this.sentence = sentence;
    }

    /** For people, in lower case and without a full stop. */
    public String sentence() {
        return sentence;
    }
}
