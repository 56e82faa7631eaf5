/**
 * Judges by SQL: what the participants' databases hold against what the transactions claim. It may use the embedded
 * database and the demo participants' names. It must never believe an answer that it can check.
 *
 * <p>Open {@link dev.entente.lab.judge.LedgerJudge} first.
 */
@NullMarked
package dev.entente.lab.judge;

import org.jspecify.annotations.NullMarked;
