package dev.entente.simulation.reference;

import java.util.Set;

/**
 * How a transaction must end.
 *
 * @param undone exactly these branches
 * @param completed exactly these branches
 */
public record Ending(StoredRecord.Stage stage, Set<String> undone, Set<String> completed) {}
