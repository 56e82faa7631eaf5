package dev.entente.lab.mutation;

/**
 * One change of the code.
 *
 * @param place the class without its package, and the method: {@code Settling.needs}
 * @param mutator what was changed, without "Mutator"
 * @param line of the source
 * @param change in PIT's words
 * @param isKilled whether a test failed because of it, or ran for ever
 */
record CodeMutant(String place, String mutator, int line, String change, boolean isKilled) {
    /** Returns what a list names it by: lines move with every edit. */
    String name() {
        return place + " " + mutator;
    }
}
