/**
 * A bank that takes part in transactions, as a process of its own: it writes down each call that arrives, and what it
 * did. It may use the SDK's side for participants, as any service would. It must never judge, and never know what a
 * transaction as a whole is about.
 *
 * <p>Open {@link dev.entente.torture.participant.LedgerMain} first.
 */
@NullMarked
package dev.entente.torture.participant;

import org.jspecify.annotations.NullMarked;
