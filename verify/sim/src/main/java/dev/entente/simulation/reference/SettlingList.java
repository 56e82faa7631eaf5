package dev.entente.simulation.reference;

import java.util.Set;

/**
 * The branches that a decision has undone or completed. Both sets are the same where all that the decision rests on was
 * seen exactly.
 *
 * @param operation compensate, cancel, rollback, confirm or commit
 * @param must branches for which it has to succeed before the end
 * @param may branches for which it may be called
 */
public record SettlingList(String operation, Set<String> must, Set<String> may) {}
