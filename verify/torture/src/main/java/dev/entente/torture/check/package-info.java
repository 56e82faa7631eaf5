/**
 * Checks a run afterwards, only from the participants' ledgers and the answers to clients. It may use the JDK. It must
 * never use a class of the coordinator, of the SDK or of the run itself: a checker that shares code with its subject
 * shares its mistakes.
 *
 * <p>Read {@link dev.entente.torture.check.Checker} first.
 */
@NullMarked
package dev.entente.torture.check;

import org.jspecify.annotations.NullMarked;
