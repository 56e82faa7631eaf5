package dev.entente.simulation.reference;

/**
 * A violation of the rules in a run: something forbidden happened, or something required did not happen.
 *
 * @param rule the rule: heading and number in docs/patterns/rules.md, or the page of a pattern
 * @param trace the description for people: who did what, and why it is wrong
 */
public record RuleViolation(long at, String rule, String trace) {
    /** @param text for people: optionally the event and a full stop; then the rule, a colon, and the reason */
    static RuleViolation of(long at, String text) {
        int colon = text.indexOf(": ");
        int sentence = text.lastIndexOf(". ", colon);
        return new RuleViolation(at, text.substring(sentence < 0 ? 0 : sentence + 2, colon), text);
    }

    @Override
    public String toString() {
        return "at " + at + " ms, against \"" + rule + "\": " + trace;
    }
}
