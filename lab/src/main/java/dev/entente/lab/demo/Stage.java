package dev.entente.lab.demo;

import dev.entente.client.Entente;
import dev.entente.lab.judge.Books;
import dev.entente.lab.machine.Coordinator;
import dev.entente.lab.machine.Playground;
import dev.entente.lab.machine.Receiver;
import dev.entente.lab.machine.Shop;
import dev.entente.lab.machine.Wait;
import dev.entente.v1.Transaction;
import dev.entente.wire.Decision;
import java.time.Duration;
import java.util.Random;

/**
 * Where scenarios play: the running processes, and the ways to reach them.
 *
 * @param random seeded: the same amounts for the same seed
 * @param receiver somebody else's web hook
 * @param playground where scenarios start processes of their own
 */
record Stage(
        Entente entente,
        Coordinator coordinator,
        Shop shop,
        Books books,
        Random random,
        Playground playground,
        Receiver receiver) {
    /** As {@link #await}, of one that an outbox may not have handed over yet. Blocks. */
    Transaction awaitKnown(String gid, Duration wait) throws Exception {
        Wait.until(wait, () -> entente.transactions().decision(gid) != Decision.UNKNOWN);
        return await(gid, wait);
    }

    /** A transaction with its history, once it has ended or stands parked, or as it is after {@code wait}. Blocks. */
    Transaction await(String gid, Duration wait) {
        entente.transactions().await(gid, wait);
        return entente.transactions().describe(gid);
    }
}
