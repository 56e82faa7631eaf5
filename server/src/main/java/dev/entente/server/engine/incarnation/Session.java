package dev.entente.server.engine.incarnation;

import dev.entente.server.store.Membership;
import dev.entente.server.store.TransactionStore;

/**
 * An incarnation's registration with the database.
 *
 * @param renewal the renewal with which the lease began
 * @param close ends the connections; may block for a moment
 */
public record Session(TransactionStore store, Membership membership, FirstRenewal renewal, Runnable close) {}
