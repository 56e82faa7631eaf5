package dev.entente.faults.fuzz;

/** The defect of an input. */
enum Kind {
    /** The right fields with wrong values. */
    ODD_VALUES(5000, false),
    /** A message of which bytes were changed, cut out, put in or doubled. */
    MUTATED(3300, false),
    /** Bytes that never were a message. */
    NOISE(700, false),
    /** Strings that are no UTF-8. */
    BROKEN_TEXT(400, false),
    /** Messages in messages, up to 65,536 deep. */
    DEEP(100, false),
    /** Steps that wait for each other. */
    CYCLE(100, false),
    /** Bindings to branches and fields that are not there. */
    BOUND_TO_NOWHERE(100, false),
    /** A hundred thousand steps. */
    ENDLESS_PLAN(1, false),
    /** A payload beyond limits.payload, in a message that may pass. */
    LARGE_PAYLOAD(4, false),
    /** More than gRPC takes in at all. */
    OVERSIZE(2, true),
    /** A few kilobytes that are tens of megabytes when they are unpacked. */
    ZIP_BOMB(1, true),
    /** Headers that are odd, and not too large. */
    ODD_HEADERS(150, false),
    /** Headers by the kilobyte. */
    HEADER_FLOOD(20, true),
    /** No message, or more than one, where one is wanted. */
    WRONG_COUNT(60, true),
    /** A method that is not there. */
    NO_SUCH_METHOD(40, true),
    /** Bytes that are no gRPC, on the gRPC port: HTTP/1, TLS, noise, broken frames. */
    GARBAGE_ON_GRPC(10, true),
    /** Bytes that are no HTTP/1, on the HTTP port: gRPC, TLS, noise, long lines, many headers. */
    GARBAGE_ON_HTTP(10, true),
    /** A connection that says a byte now and then. */
    SLOW(0, true);

    private final int weight;
    private final boolean endsBelow;

    Kind(int weight, boolean endsBelow) {
        this.weight = weight;
        this.endsBelow = endsBelow;
    }

    /** How often it comes, against the others. */
    int weight() {
        return weight;
    }

    /**
     * Tells whether gRPC, HTTP/2 or the HTTP server may refuse such input before it is a request. These know no codes
     * of ours.
     */
    boolean mayEndBelow() {
        return endsBelow;
    }
}
