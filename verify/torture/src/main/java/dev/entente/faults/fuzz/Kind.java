package dev.entente.faults.fuzz;

/** The defect of an input. */
enum Kind {
    /** The right fields with wrong values. */
    ODD_VALUES(50),
    /** A message of which bytes were changed, cut out, put in or doubled. */
    MUTATED(33),
    /** Bytes that never were a message. */
    NOISE(7),
    /** Strings that are no UTF-8. */
    BROKEN_TEXT(8),
    /** Messages in messages, as deep as the types of their fields let them. */
    DEEP(2);

    private final int weight;

    Kind(int weight) {
        this.weight = weight;
    }

    /** How often it comes, of a hundred. */
    int weight() {
        return weight;
    }
}
