package dev.entente.simulation.drawing;

/** The mode of drawing a seed's plans, participants and kills. Both modes are needed: the aimed mode omits cases. */
public enum Drawing {
    /** Draws each part independently, and kills each coordinator once. */
    PLAIN,
    /** Draws for ends that are rare by chance, and kills throughout the chaos. */
    AIMED;

    /** An odd number close to 2^64 divided by the golden ratio: each remainder of a seed occurs with both drawings. */
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    /** Returns the drawing of a seed; each drawing belongs to about half of the seeds. */
    public static Drawing of(long seed) {
        return seed * SPREAD < 0 ? AIMED : PLAIN;
    }

    /** Returns the maximum number of clients of a run. */
    public int mostClients() {
        return isAimed() ? 14 : 7;
    }

    public boolean isAimed() {
        return this == AIMED;
    }
}
