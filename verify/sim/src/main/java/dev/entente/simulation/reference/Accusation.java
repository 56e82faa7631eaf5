package dev.entente.simulation.reference;

/**
 * A run that did what the rules forbid, or left undone what they order.
 *
 * @param rule as docs/patterns/rules.md numbers it: the heading, and the number below it
 * @param story for people: who did what, and why that is wrong
 */
public record Accusation(long at, String rule, String story) {
    /** @param text for people: perhaps what happened, and a full stop; then the rule, a colon, and why that is wrong */
    static Accusation of(long at, String text) {
        int colon = text.indexOf(": ");
        int sentence = text.lastIndexOf(". ", colon);
        return new Accusation(at, text.substring(sentence < 0 ? 0 : sentence + 2, colon), text);
    }

    @Override
    public String toString() {
        return "at " + at + " ms, against \"" + rule + "\": " + story;
    }
}
