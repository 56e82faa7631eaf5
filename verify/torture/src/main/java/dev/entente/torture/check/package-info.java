/**
 * Judges a run afterwards, from the participants' ledgers and from what clients were answered, alone. It may use the
 * JDK. It must never use a class of the coordinator, of the SDK or of the run itself: a judge that shares code with the
 * judged shares its mistakes.
 *
 * <p>Open {@link dev.entente.torture.check.Checker} first.
 */
@NullMarked
package dev.entente.torture.check;

import org.jspecify.annotations.NullMarked;
