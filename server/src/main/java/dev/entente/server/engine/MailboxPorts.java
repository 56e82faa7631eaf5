package dev.entente.server.engine;

import dev.entente.core.decision.Decide;
import dev.entente.server.store.TransactionStore;

/**
 * What each transaction in memory uses.
 *
 * @param parkLog tells people of those that are parked
 */
record MailboxPorts(
        Decide decider,
        TransactionStore store,
        Rows rows,
        World world,
        ParkLog parkLog,
        CallPorts calls,
        MailboxHost host) {}
