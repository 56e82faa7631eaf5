/**
 * Tests the checker. It spoils the evidence of a good run in every way that the checker must notice, and has it judge
 * what the simulation's mutants do. It may use the checker's records, and the simulation's tape. It must never help the
 * checker along.
 *
 * <p>Open {@link dev.entente.torture.mutants.LedgerMutant} first.
 */
@NullMarked
package dev.entente.torture.mutants;

import org.jspecify.annotations.NullMarked;
