package dev.entente.torture.check;

import java.util.List;

/**
 * The final state of a participant's tables, apart from its ledger.
 *
 * @param openingCents of all accounts together, before the run
 * @param cents of all accounts together, at the end
 * @param setAsideCents what is tried and neither confirmed nor cancelled
 * @param standing gids of what stands prepared, neither committed nor rolled back
 */
public record Book(String ledger, long openingCents, long cents, long setAsideCents, List<String> standing) {}
