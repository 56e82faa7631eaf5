/**
 * The guarantees of docs/patterns as a program: a small, slow interpreter of plans that shares nothing with the engine
 * or its checkers. It may use only the JDK. It must never copy the engine's behaviour: if both differ, the documents
 * decide.
 *
 * <p>Read {@link dev.entente.simulation.reference.TransactionReference} beside docs/patterns/rules.md. The code cites
 * each rule that it applies.
 */
@NullMarked
package dev.entente.simulation.reference;

import org.jspecify.annotations.NullMarked;
