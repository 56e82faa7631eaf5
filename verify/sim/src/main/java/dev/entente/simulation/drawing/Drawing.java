package dev.entente.simulation.drawing;

/** A manner to draw a seed's plans, participants and kills. Both are needed: what is aimed leaves other things out. */
public enum Drawing {
    /** Draws each as it comes, and kills each coordinator once. */
    PLAIN,
    /** Draws for ends that are rare by chance, and kills throughout the chaos. */
    AIMED;

    /** An odd number close to 2^64 divided by the golden ratio: each remainder of a seed meets both drawings. */
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    /** Returns that of a seed: each for about every other one. */
    public static Drawing of(long seed) {
        return seed * SPREAD < 0 ? AIMED : PLAIN;
    }

    /** Returns how many clients a run has at most. */
    public int mostClients() {
        return isAimed() ? 14 : 7;
    }

    public boolean isAimed() {
        return this == AIMED;
    }
}
