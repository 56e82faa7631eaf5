package dev.entente.simulation.reference;

import java.util.Set;

/**
 * The branches that a decision undoes or completes. Both sets are equal if the facts behind the decision are known
 * exactly.
 *
 * @param operation compensate, cancel, rollback, confirm or commit
 * @param must the branches for which the operation must succeed before the end
 * @param may the branches for which the operation may be called
 */
public record SettlingList(String operation, Set<String> must, Set<String> may) {}
