/**
 * {@code ./entente fuzz}: bad input to every method of a real coordinator. It may use the machine and the API's
 * messages and descriptors. It must never count an answer as typed that comes only from a library.
 *
 * <p>Read {@link dev.entente.torture.fuzz.FuzzCommand} first, then {@link dev.entente.torture.fuzz.FuzzRun}.
 */
@NullMarked
package dev.entente.torture.fuzz;

import org.jspecify.annotations.NullMarked;
