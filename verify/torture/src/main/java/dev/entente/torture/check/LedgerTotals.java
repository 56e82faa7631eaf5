package dev.entente.torture.check;

import java.util.List;

/**
 * The final state of a participant's tables, except its effects.
 *
 * @param openingCents of all accounts together, before the run
 * @param cents of all accounts together, at the end
 * @param setAsideCents amounts that are tried, and neither confirmed nor cancelled
 * @param standing gids of prepared transactions, neither committed nor rolled back
 */
public record LedgerTotals(String ledger, long openingCents, long cents, long setAsideCents, List<String> standing) {}
