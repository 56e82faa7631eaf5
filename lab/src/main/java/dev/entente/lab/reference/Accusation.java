package dev.entente.lab.reference;

/**
 * A run that did what the rules forbid, or left undone what they order.
 *
 * @param rule as docs/patterns/rules.md numbers it: the heading, and the number below it
 * @param story for people: who did what, and why that is wrong
 */
public record Accusation(long at, String rule, String story) {
    @Override
    public String toString() {
        return "at " + at + " ms, against \"" + rule + "\": " + story;
    }
}
