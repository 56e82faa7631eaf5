package dev.entente.outbox;

/** What a message is for. */
enum Kind {
    /** A plan; the address is empty, the payload the plan's bytes. */
    COORDINATOR("coordinator"),
    /** A request of a unary method; the address is what the relay finds a channel by. */
    GRPC("grpc"),
    /** A body; the address is a URL. */
    HTTP("http");

    private final String text;

    Kind(String text) {
        this.text = text;
    }

    /** As the table has it. */
    String text() {
        return text;
    }

    static Kind of(String text) {
        for (Kind kind : values()) {
            if (kind.text.equals(text)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("no kind of message is named '" + text + "'");
    }
}
