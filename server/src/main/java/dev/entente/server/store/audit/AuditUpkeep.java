package dev.entente.server.store.audit;

import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseFault;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chains, closes and prunes in the background, a second behind the commits. No act waits for it. */
public final class AuditUpkeep implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditUpkeep.class);
    private static final Duration ROUND = Duration.ofSeconds(1);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(30);
    /** Late entries and dead incarnations are looked for in one round of so many. */
    private static final int ROUNDS_TO_LOOK = 30;

    private static final int ROUNDS_TO_PRUNE = 3600;

    private final Supplier<OptionalLong> incarnation;
    private final AuditChain chain;
    private final AuditPruning pruning;
    private final CountDownLatch closing = new CountDownLatch(1);
    private boolean hasFailed;

    /**
     * @param keep how long entries are kept
     * @param incarnation of this coordinator, or none
     */
    public AuditUpkeep(Database database, Duration keep, Supplier<OptionalLong> incarnation) {
        this.incarnation = incarnation;
        this.chain = new AuditChain(database);
        this.pruning = new AuditPruning(database, keep);
    }

    public void start() {
        Thread.ofVirtual().name("entente-audit-chain").start(this::run);
    }

    private void run() {
        try {
            Duration pause = ROUND;
            for (long round = 0; !closing.await(pause.toMillis(), TimeUnit.MILLISECONDS); round++) {
                pause = round(round);
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private Duration round(long round) {
        try {
            OptionalLong mine = incarnation.get();
            boolean looks = round % ROUNDS_TO_LOOK == 0;
            if (mine.isPresent()) {
                boolean looksAnyway = looks;
                while (chain.link(mine.getAsLong(), looksAnyway) > 0 && closing.getCount() > 0) {
                    looksAnyway = false;
                }
            }
            if (looks) {
                var _ = chain.closeDead(mine);
            }
            if (round % ROUNDS_TO_PRUNE == 0) {
                while (pruning.prune() > 0 && !closing.await(ROUND.toMillis(), TimeUnit.MILLISECONDS)) {}
            }
            hasFailed = false;
            return ROUND;
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error failed) {
            // Must live: entries wait without a link, and verify tells how many.
            if (!hasFailed) {
                LOG.warn("could not chain or prune the audit, retrying: {}", DatabaseFault.line(failed));
            }
            hasFailed = true;
        }
        return AFTER_FAILURE;
    }

    @Override
    public void close() {
        closing.countDown();
    }
}
