package dev.entente.torture.check;

/**
 * A violation of a rule.
 *
 * @param gid empty for a violation of the complete run
 * @param what a text for people
 */
public record Violation(Rule rule, String gid, String what) {
    @Override
    public String toString() {
        return rule.title() + (gid.isEmpty() ? "" : " " + gid) + ": " + what;
    }
}
