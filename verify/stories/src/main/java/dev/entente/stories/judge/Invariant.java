package dev.entente.stories.judge;

/**
 * Something that must hold, and whether it does.
 *
 * @param name a sentence
 * @param checked how many rows or transactions were looked at: over none, anything holds
 * @param finding what was found where it does not hold, else empty
 */
public record Invariant(String name, boolean holds, long checked, String finding) {}
