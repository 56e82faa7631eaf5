package dev.entente.server.participant.limit;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.participant.AdmissionSnapshot;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.Participants;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.server.participant.limit.CalledParticipant.SharedParts;
import dev.entente.server.telemetry.Metrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The participants of one kind: configured, or named by address in plans. Each has its own limit and circuit, so that a
 * failed or hung participant does not slow others. Thread-safe; only {@link #close} blocks.
 */
public abstract class ParticipantRegister<P extends CalledParticipant> implements Participants, AutoCloseable {
    /** The maximum number of participants by address, which submitters choose. Each has connections and a circuit. */
    public static final int MAX_DIRECT = 256;

    private static final Duration SHORTLY = Duration.ofSeconds(1);
    private static final long IDLE_CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** The label in metrics of all participants that are called by address. */
    private static final String DIRECT_LABEL = "(direct)";

    private final TargetGuard guard;
    private final Function<String, @Nullable Refusal> refusals;
    private final EventLoops loops;
    private final Circuit.Rules rules;
    private final Metrics metrics;
    private final SharedParts aroundDirect;
    private final Map<String, P> configured = new ConcurrentHashMap<>();
    private final Map<String, P> direct = new ConcurrentHashMap<>();
    /** The former participants that still have calls in flight. */
    private final Set<P> retired = ConcurrentHashMap.newKeySet();

    /**
     * Creates an empty register; {@link #open} adds the configured participants.
     *
     * @param refusals why a participant must not be called over this protocol; null if it may be called
     */
    protected ParticipantRegister(
            TargetGuard guard,
            Function<String, @Nullable Refusal> refusals,
            EventLoops loops,
            Metrics metrics,
            Circuit.Rules rules) {
        this.guard = guard;
        this.refusals = refusals;
        this.loops = loops;
        this.rules = rules;
        this.metrics = metrics;
        this.aroundDirect = new SharedParts(loops, rules, metrics, metrics.calls(DIRECT_LABEL));
    }

    /**
     * Adds configured participants: at the start, or after an announcement. A new participant replaces one of the same
     * name without a gap, and aborts the calls of the old one.
     */
    public final void open(Collection<ParticipantConfig> configs) {
        for (ParticipantConfig config : configs) {
            closeIfAny(replaced(made(config)));
        }
    }

    private P made(ParticipantConfig config) {
        return configured(config, new SharedParts(loops, rules, metrics, metrics.calls(config.name())));
    }

    /** Returns the former participant of this name, or null. */
    private @Nullable P replaced(P made) {
        P former = configured.put(made.name(), made);
        metrics.hideParticipant(made.name());
        made.show();
        return former;
    }

    /** A participant that is open, but not called yet: {@code use} replaces the one of its name without a gap. */
    public record Prepared(Runnable use, Runnable discard) {}

    /** @param why the participant of this name must retire, if there is one */
    public final Prepared prepare(ParticipantConfig config, String why) {
        P made = made(config);
        return new Prepared(() -> retireIfAny(replaced(made), why), made::close);
    }

    /** Removes a participant. Its calls in flight keep their outcome, its waiting calls are NotSent. */
    public final void retire(String name, String why) {
        retireIfAny(configured.remove(name), why);
    }

    private void retireIfAny(@Nullable P former, String why) {
        if (former != null) {
            former.retire(why);
            retired.add(former); // to abort its calls at the end of the coordinator
            Thread.ofVirtual().name("entente-retired").start(() -> closeWhenIdle(former));
        }
    }

    /** Waits for the calls in flight, each of which ends after its timeout. */
    private void closeWhenIdle(P former) {
        while (retired.contains(former) && !former.admission().isIdle()) {
            LockSupport.parkNanos(IDLE_CHECK_NANOS);
        }
        former.close();
        retired.remove(former);
    }

    /** Removes a participant that now uses another protocol, and aborts its calls; ignores an unknown name. */
    public final void withdraw(String name) {
        closeIfAny(configured.remove(name));
    }

    private static void closeIfAny(@Nullable CalledParticipant gone) {
        if (gone != null) {
            gone.close();
        }
    }

    /** Creates a configured participant. Opens no connection yet. */
    protected abstract P configured(ParticipantConfig config, SharedParts shared);

    /** Creates a participant that is called by address. Opens no connection yet. */
    protected abstract P direct(String address, SharedParts shared);

    @Override
    public final void call(BranchCall call, Consumer<Outcome> answer) {
        String name = call.target().participant();
        P participant = find(name);
        String why = participant == null ? whyUnreachable(name) : guard.untaken(call.target());
        if (participant == null && why == null) {
            answer.accept(new Outcome.NotSent(full(name), SHORTLY));
        } else if (why != null && guard.awaits(name)) {
            answer.accept(new Outcome.NotSent(why, SHORTLY));
        } else if (participant == null || why != null) {
            // The plan was accepted earlier, so an operator must decide.
            answer.accept(new Outcome.Misconfigured(String.valueOf(why), false));
        } else {
            participant.admission().submit(participant.pending(call, answer));
        }
    }

    private @Nullable String whyUnreachable(String name) {
        Refusal refusal = refusals.apply(name);
        return refusal == null ? null : String.valueOf(refusal.getMessage());
    }

    private static String full(String name) {
        return ("the call to participant '%s' was not sent: %s other participants are called by address now, which is"
                        + " the limit")
                .formatted(name, MAX_DIRECT);
    }

    /** Returns the participant of a name or address; null if it must not be called, or cannot be called now. */
    public final @Nullable P find(String name) {
        P found = known(name);
        if (found != null || refusals.apply(name) != null) {
            return found;
        }
        // The participant may have announced itself since the first look-up.
        P announced = configured.get(name);
        return announced != null ? announced : openDirect(name);
    }

    private @Nullable P known(String name) {
        P found = configured.get(name);
        return found != null ? found : direct.get(name);
    }

    private @Nullable P openDirect(String address) {
        if (direct.size() >= MAX_DIRECT) {
            direct.values().removeIf(participant -> {
                boolean isIdle = participant.admission().isIdle();
                if (isIdle) {
                    participant.close();
                }
                return isIdle;
            });
        }
        if (direct.size() >= MAX_DIRECT) {
            return direct.get(address);
        }
        return direct.computeIfAbsent(address, target -> direct(target, aroundDirect));
    }

    /** Returns why a participant must not be called, or cannot be called now. */
    public final Refusal refusalOf(String name) {
        Refusal refusal = refusals.apply(name);
        return refusal != null ? refusal : Refusal.temporary(ErrorCode.OVERLOADED, full(name), SHORTLY);
    }

    public final boolean isConfigured(String name) {
        return configured.containsKey(name);
    }

    /** Returns whether a participant is configured, or was called by address. */
    public final boolean isKnown(String name) {
        return known(name) != null;
    }

    protected final Collection<P> configured() {
        return configured.values();
    }

    /** Returns {@link Integer#MAX_VALUE} for an unknown participant that is not awaited: only a call shows more. */
    @Override
    public final int capacity(String name) {
        P known = known(name);
        if (known == null) {
            return guard.awaits(name) ? 0 : Integer.MAX_VALUE;
        }
        return known.admission().capacity();
    }

    @Override
    public final AdmissionSnapshot admission(String name, Set<String> gids) {
        P known = known(name);
        return known == null ? AdmissionSnapshot.OPEN : known.gateView(gids);
    }

    /** Returns the states of the configured participants, sorted by name, then of those called by address. */
    public final List<ParticipantStatus> statuses() {
        List<ParticipantStatus> all = new ArrayList<>(configured.values().stream()
                .map(CalledParticipant::status)
                .sorted(Comparator.comparing(ParticipantStatus::name))
                .toList());
        direct.values().forEach(participant -> all.add(participant.status()));
        return List.copyOf(all);
    }

    /**
     * Checks whether a participant is reachable and which methods it serves; takes up to some seconds.
     *
     * @return fails with {@link Refusal} (ENT-014, ENT-015) if the participant must not be called
     */
    public final CompletableFuture<ProbeResult> probe(String name) {
        P participant = find(name);
        if (participant == null) {
            return CompletableFuture.failedFuture(refusalOf(name));
        }
        CompletableFuture<ProbeResult> found = new CompletableFuture<>();
        Thread.ofVirtual().name("entente-probe").start(() -> {
            try {
                found.complete(participant.probe());
            } catch (RuntimeException | Error e) { // reported to the caller
                found.completeExceptionally(e);
            }
        });
        return found;
    }

    /** Aborts all calls in flight: their outcome is Unknown. The outcome of waiting calls is NotSent. */
    @Override
    public void close() {
        configured.values().forEach(CalledParticipant::close);
        direct.values().forEach(CalledParticipant::close);
        retired.forEach(CalledParticipant::close);
        retired.clear();
    }
}
