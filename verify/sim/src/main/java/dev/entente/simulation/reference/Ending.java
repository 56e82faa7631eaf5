package dev.entente.simulation.reference;

import java.util.Set;

/**
 * The required end of a transaction.
 *
 * @param undone exactly these branches are undone
 * @param completed exactly these branches are completed
 */
public record Ending(StoredRecord.Stage stage, Set<String> undone, Set<String> completed) {}
