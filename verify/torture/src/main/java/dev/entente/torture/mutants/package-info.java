/**
 * Tests the checker and the reference. It falsifies the evidence of a good run in every way that one of them must
 * detect. It may use the checker's records and the load's. It must never give them a hint.
 *
 * <p>Read {@link dev.entente.torture.mutants.LedgerMutant} first.
 */
@NullMarked
package dev.entente.torture.mutants;

import org.jspecify.annotations.NullMarked;
