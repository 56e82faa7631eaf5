package dev.entente.participant.check;

/** A way in which coordinators call participants. */
public enum CallWay {
    /** A call by itself. */
    UNARY(""),
    /** Over the stream that {@code ParticipantStream} serves. */
    STREAM(" over the stream");

    private final String suffix;

    CallWay(String suffix) {
        this.suffix = suffix;
    }

    /** Behind a branch's name, for people. */
    String suffix() {
        return suffix;
    }
}
