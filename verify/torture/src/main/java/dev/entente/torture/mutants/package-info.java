/**
 * Tests the checker. It falsifies the evidence of a good run in every way that the checker must detect. It also lets
 * the checker verify the simulation's mutants. It may use the checker's records, and the simulation's tape. It must
 * never give the checker a hint.
 *
 * <p>Read {@link dev.entente.torture.mutants.LedgerMutant} first.
 */
@NullMarked
package dev.entente.torture.mutants;

import org.jspecify.annotations.NullMarked;
