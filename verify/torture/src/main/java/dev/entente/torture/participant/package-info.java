/**
 * A bank that takes part in transactions, as a separate process. The bank logs each call that arrives, and its work. It
 * may use the SDK's participant side, like any service. It must never check results, and never know the purpose of a
 * complete transaction.
 *
 * <p>Read {@link dev.entente.torture.participant.LedgerMain} first.
 */
@NullMarked
package dev.entente.torture.participant;

import org.jspecify.annotations.NullMarked;
