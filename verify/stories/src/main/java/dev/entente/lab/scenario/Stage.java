package dev.entente.lab.scenario;

import dev.entente.client.Entente;
import dev.entente.lab.judge.Books;
import dev.entente.rig.Awaited;
import dev.entente.rig.Playground;
import dev.entente.rig.Receiver;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.Shop;
import dev.entente.rig.Wait;
import dev.entente.v1.Transaction;
import dev.entente.wire.Decision;
import java.time.Duration;
import java.util.Random;

/**
 * The running processes of scenarios, and the ways to reach them.
 *
 * @param random seeded: the same amounts for the same seed
 * @param receiver somebody else's web hook
 * @param playground where scenarios start processes of their own
 */
public record Stage(
        Entente entente,
        RigCoordinator coordinator,
        Shop shop,
        Books books,
        Random random,
        Playground playground,
        Receiver receiver) {
    /** How long a submit waits for the end of what it submits: as long as the coordinator lets it. */
    public static final Duration SUBMIT_WAIT = Duration.ofMinutes(5);

    /** A participant that lies may never do what is awaited, and the checks are to tell. */
    private static final Duration PATIENCE_WITH_LIARS = Duration.ofSeconds(40);

    private static final Duration GLANCE = Duration.ofSeconds(1);

    /** As {@link #await}, of one that an outbox may not have handed over yet. Blocks. */
    public Transaction awaitKnown(String gid) throws Exception {
        await(gid + " to be known", () -> entente.transactions().decision(gid) != Decision.UNKNOWN);
        return await(gid);
    }

    /** A transaction with its history, once it has ended or stands parked. Blocks. */
    public Transaction await(String gid) {
        try {
            await("the end of " + gid, () -> isAtRest(gid));
        } catch (RuntimeException refused) {
            throw refused;
        } catch (Exception interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + gid + " was awaited", interrupted);
        }
        return entente.transactions().describe(gid);
    }

    private boolean isAtRest(String gid) {
        entente.transactions().await(gid, GLANCE);
        Transaction seen = entente.transactions().get(gid);
        return seen.getTerminal() || seen.hasParked();
    }

    /**
     * Blocks until the condition holds; where participants lie, for some time only.
     *
     * @param what names it
     */
    public void await(String what, Wait.Condition<Exception> condition) throws Exception {
        if (shop.hasLiars()) {
            Wait.until(PATIENCE_WITH_LIARS, condition);
        } else {
            Awaited.until(what, condition);
        }
    }
}
