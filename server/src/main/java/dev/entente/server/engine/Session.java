package dev.entente.server.engine;

import dev.entente.server.store.Membership;
import dev.entente.server.store.TransactionStore;
import java.time.Instant;

/**
 * An incarnation's registration with the database.
 *
 * @param databaseNow the database's clock at the registration
 * @param close ends its connections; may block for a moment
 */
public record Session(TransactionStore store, Membership membership, Instant databaseNow, Runnable close) {}
