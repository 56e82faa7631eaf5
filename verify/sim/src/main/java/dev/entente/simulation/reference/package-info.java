/**
 * The promises of docs/patterns as a program: a small, slow interpreter of plans that shares nothing with the engine or
 * its judges. It may use the JDK alone. It must never be taught what the engine does; where both differ, the documents
 * decide.
 *
 * <p>Read {@link dev.entente.simulation.reference.TransactionReference} beside docs/patterns/rules.md; each rule is cited
 * where it is kept.
 */
@NullMarked
package dev.entente.simulation.reference;

import org.jspecify.annotations.NullMarked;
