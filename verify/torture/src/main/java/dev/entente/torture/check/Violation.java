package dev.entente.torture.check;

/**
 * Something that must never be.
 *
 * @param gid empty where it is about the whole run
 * @param what for people
 */
public record Violation(Rule rule, String gid, String what) {
    @Override
    public String toString() {
        return rule.title() + (gid.isEmpty() ? "" : " " + gid) + ": " + what;
    }
}
