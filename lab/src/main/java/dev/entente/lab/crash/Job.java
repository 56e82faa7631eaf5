package dev.entente.lab.crash;

import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Entente;
import dev.entente.client.EntenteException;
import dev.entente.client.Outcome;
import dev.entente.client.PlanBuilder;
import dev.entente.client.Saga;
import dev.entente.lab.plans.Purchase;
import dev.entente.lab.plans.Transfer;
import java.time.Duration;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One transaction of the load, and what its client was answered. Run by one thread; its answers may be read by others afterwards. */
final class Job {
    private static final Duration WAIT = Duration.ofSeconds(20);

    private final String gid;
    private final boolean tcc;
    private final Way way;
    private volatile boolean accepted;
    private volatile @Nullable Outcome answer;

    /** How the client goes about it. Returns once the transaction is accepted. */
    private interface Way {
        void start(Entente entente, Runnable accepted) throws EntenteException;
    }

    private Job(String gid, boolean tcc, Way way) {
        this.gid = gid;
        this.tcc = tcc;
        this.way = way;
    }

    /** The whole plan in one call. */
    static Job of(PlanBuilder<?> plan) {
        return new Job(plan.gid(), !(plan instanceof Saga), (entente, accepted) -> {
            plan.submit();
            accepted.run();
        });
    }

    /** The client calls the tries itself, and decides. */
    static Job interactive(Transfer transfer) {
        return new Job(
                transfer.gid(),
                true,
                (entente, accepted) -> transfer.begun(entente).execute(scope -> {
                    accepted.run();
                    transfer.tryIn(scope, entente);
                    return transfer.gid();
                }));
    }

    /** Submits, through restarts, and waits for the end until that time of {@link System#nanoTime}. Blocks. */
    void run(Entente entente, LongSupplier endNanos) {
        while (!accepted && System.nanoTime() < endNanos.getAsLong()) {
            try {
                way.start(entente, () -> accepted = true);
            } catch (CoordinatorUnavailable restarting) {
                // Not known to be accepted: the same plan again, under the same gid.
            } catch (EntenteException ended) {
                break; // An interactive one that was turned or not answered: asked below.
            }
        }
        while (accepted && !hasEnded() && System.nanoTime() < endNanos.getAsLong()) {
            ask(entente);
        }
    }

    private void ask(Entente entente) {
        try {
            answer = entente.transactions().await(gid, WAIT);
        } catch (CoordinatorUnavailable restarting) {
            // Asked again until the end.
        }
    }

    /** Whether the client was told its end, or that it stands parked. */
    boolean hasEnded() {
        return switch (answer) {
            case null -> false;
            case Outcome.Succeeded _, Outcome.Aborted _ -> true;
            case Outcome.Pending pending -> pending.parked();
        };
    }

    String gid() {
        return gid;
    }

    boolean isTcc() {
        return tcc;
    }

    Set<String> branches() {
        return tcc ? Transfer.BRANCHES : Set.copyOf(Purchase.STEPS);
    }

    /** Whether the client was told that it is durable. */
    boolean isAccepted() {
        return accepted;
    }

    /** What the client was told last, or null. */
    @Nullable
    Outcome answer() {
        return answer;
    }
}
