package dev.entente.stories.judge;

/**
 * A condition that must hold, with the result of its check.
 *
 * @param name a sentence
 * @param checked the number of rows or transactions examined; any condition holds for zero rows
 * @param finding the finding if the condition does not hold, otherwise empty
 */
public record Invariant(String name, boolean holds, long checked, String finding) {}
