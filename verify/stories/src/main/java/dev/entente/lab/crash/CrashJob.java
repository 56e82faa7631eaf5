package dev.entente.lab.crash;

import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Entente;
import dev.entente.client.EntenteException;
import dev.entente.client.Outcome;
import dev.entente.client.PlanBuilder;
import dev.entente.client.TransactionRefused;
import dev.entente.rig.Wait;
import dev.entente.v1.Pattern;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import dev.entente.v1.TccBranch;
import dev.entente.v1.XaBranch;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One transaction of the load, and what its client was answered. Run by one thread; its answers may be read by others
 * afterwards.
 */
public final class CrashJob {
    private static final Duration WAIT = Duration.ofSeconds(20);
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final String UNKNOWN_GID = "ENT-030";

    private final String gid;
    private final Pattern pattern;
    private final Set<String> branches;
    private final Way way;
    private volatile boolean accepted;
    private volatile @Nullable Outcome answer;

    /** How the client goes about it. */
    @FunctionalInterface
    public interface Way {
        /**
         * Sets the transaction off; says {@code accepted} once it is durable that it will take place, and returns
         * without it where it will not. Done again, to the letter, where it throws {@link CoordinatorUnavailable} or
         * {@link StatusRuntimeException} before that. Blocks.
         */
        void start(Entente entente, Runnable accepted) throws Exception;
    }

    /**
     * An operation of any kind.
     *
     * @param gid of the transaction that it causes
     * @param branches those that leave rows in the participants' ledgers when the transaction succeeds
     */
    public CrashJob(String gid, Pattern pattern, Set<String> branches, Way way) {
        this.gid = gid;
        this.pattern = pattern;
        this.branches = branches;
        this.way = way;
    }

    /** The whole plan in one call; every branch leaves a row in a ledger. */
    public static CrashJob of(PlanBuilder<?> plan) {
        Plan proto = plan.toProto();
        return new CrashJob(plan.gid(), pattern(proto), branches(proto), (entente, accepted) -> {
            plan.submit();
            accepted.run();
        });
    }

    private static Pattern pattern(Plan plan) {
        return switch (plan.getPatternCase()) {
            case SAGA -> Pattern.SAGA;
            case TCC -> Pattern.TCC;
            case TWO_PHASE -> Pattern.TWO_PHASE;
            case MESSAGE -> Pattern.MESSAGE;
            case NOTIFICATION -> Pattern.NOTIFICATION;
            case PATTERN_NOT_SET -> Pattern.PATTERN_UNSPECIFIED;
        };
    }

    private static Set<String> branches(Plan plan) {
        return switch (plan.getPatternCase()) {
            case SAGA ->
                plan.getSaga().getStepsList().stream().map(SagaStep::getId).collect(Collectors.toSet());
            case TCC ->
                plan.getTcc().getBranchesList().stream().map(TccBranch::getId).collect(Collectors.toSet());
            case TWO_PHASE ->
                plan.getTwoPhase().getBranchesList().stream()
                        .map(XaBranch::getId)
                        .collect(Collectors.toSet());
            case MESSAGE ->
                IntStream.rangeClosed(1, plan.getMessage().getDeliveriesCount())
                        .mapToObj(number -> "delivery-" + number)
                        .collect(Collectors.toSet());
            case NOTIFICATION, PATTERN_NOT_SET -> Set.of();
        };
    }

    /** Sets it off, through restarts, and waits for its end until that time of {@link System#nanoTime}. Blocks. */
    void run(Entente entente, LongSupplier endNanos) throws Exception {
        boolean again = true;
        while (again && !accepted && System.nanoTime() < endNanos.getAsLong()) {
            again = !isSetOff(entente);
        }
        while (accepted && !hasEnded() && System.nanoTime() < endNanos.getAsLong()) {
            ask(entente);
        }
    }

    /** False where it is not known whether it was: the same again, under the same gid. */
    private boolean isSetOff(Entente entente) throws Exception {
        try {
            way.start(entente, () -> accepted = true);
            return true;
        } catch (CoordinatorUnavailable restarting) {
            return false;
        } catch (StatusRuntimeException unanswered) {
            Wait.pause(PAUSE);
            return false;
        } catch (EntenteException ended) {
            return true; // An interactive one that was turned or not answered: asked afterwards.
        }
    }

    private void ask(Entente entente) throws InterruptedException {
        try {
            answer = entente.transactions().await(gid, WAIT);
        } catch (CoordinatorUnavailable restarting) {
            // Asked again until the end.
        } catch (TransactionRefused notYet) {
            if (!notYet.code().equals(UNKNOWN_GID)) {
                throw notYet;
            }
            Wait.pause(PAUSE); // Accepted by an outbox that has not handed it over yet; lost if that never comes.
        }
    }

    /** Tells whether the client was told of its end, or of its park. */
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

    Pattern pattern() {
        return pattern;
    }

    Set<String> branches() {
        return branches;
    }

    /** Tells whether the client was told that it is durable. */
    boolean isAccepted() {
        return accepted;
    }

    /** Returns the last answer to the client, or null. */
    @Nullable
    Outcome answer() {
        return answer;
    }
}
