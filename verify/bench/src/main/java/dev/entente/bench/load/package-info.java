/**
 * Loads on coordinators and on the programs that Entente is compared with: the requests, and clients that repeat them.
 * It may use the peers' raw calls. It must never start a process.
 *
 * <p>Read {@link dev.entente.bench.load.Loads} first.
 */
@NullMarked
package dev.entente.bench.load;

import org.jspecify.annotations.NullMarked;
