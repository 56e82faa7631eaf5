package dev.entente.simulation;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Role;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.Participants;
import dev.entente.simulation.mutant.Mutant;
import dev.entente.simulation.world.Crasher;
import dev.entente.simulation.world.KillPoint;
import dev.entente.simulation.world.Outage;
import dev.entente.simulation.world.VirtualProcess;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The connection from one process to the participants. Calls are slow, lost, duplicated, or arrive long after the
 * caller stopped waiting. If they share a stream, one break affects all calls in flight. Without a connection, or at
 * the limit of calls in flight, calls wait.
 */
final class ParticipantNetwork implements Participants {
    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private final RunContext context;
    private final VirtualProcess process;
    private final Crasher crasher;
    private final Random random;
    private final LongSupplier incarnation;
    private final Set<Consumer<Outcome>> inFlight = new LinkedHashSet<>();

    ParticipantNetwork(RunContext context, VirtualProcess process, Crasher crasher, LongSupplier incarnation) {
        this.context = context;
        this.process = process;
        this.crasher = crasher;
        this.random = context.random;
        this.incarnation = incarnation;
    }

    @Override
    public void call(BranchCall asked, Consumer<Outcome> answer) {
        if (process.isDead()) {
            return;
        }
        context.previews.called(incarnation.getAsLong(), asked);
        connect(onItsOwn(asked), answer, Duration.ZERO);
    }

    /**
     * Waits for a connection and for a free place among the calls in flight. A waiting call leaves later, or is
     * answered as not sent.
     */
    private void connect(BranchCall call, Consumer<Outcome> answer, Duration waited) {
        boolean isOut = context.service.outage().isOut();
        if (!isOut && !context.service.outage().isFull(inFlight.size())) {
            leave(call, answer);
        } else if (waited.compareTo(isOut ? Outage.CONNECT : call.timeout()) >= 0
                || !call.permit().mayWait()) {
            answer.accept(isOut ? unreached(call) : new Outcome.NotSent("too many calls are in flight", SHORTLY));
        } else {
            Duration longer = waited.plus(Outage.POLL_INTERVAL);
            context.time.after(Outage.POLL_INTERVAL, () -> process.run(() -> again(call, answer, longer)));
        }
    }

    private Outcome unreached(BranchCall call) {
        context.reference.unreached(call);
        return Outcome.NotSent.unreachable("connect failed", SHORTLY);
    }

    private void again(BranchCall call, Consumer<Outcome> answer, Duration waited) {
        if (context.mutant == Mutant.UNWANTED_CALL_LEAVES || call.permit().mayLeave()) {
            connect(call, answer, waited);
        } else {
            answer.accept(new Outcome.NotSent("the lease has lapsed", SHORTLY));
        }
    }

    private void leave(BranchCall call, Consumer<Outcome> answer) {
        Role role = role(call.op());
        crasher.pass(point(role), () -> {
            context.judge.called(incarnation.getAsLong(), call);
            context.reference.called(incarnation.getAsLong(), call);
            send(call, role, answer);
            return true;
        });
    }

    /**
     * Breaks the stream: the results of all calls in flight are unknown, although each call may still arrive.
     *
     * @return the number of these calls
     */
    int breakStream() {
        List<Consumer<Outcome>> cutOff = List.copyOf(inFlight);
        cutOff.forEach(each -> each.accept(new Outcome.Unknown("the stream ended before the answer", null)));
        return cutOff.size();
    }

    /** Gives a second forward operation a separate script and separate checks. */
    private static BranchCall onItsOwn(BranchCall call) {
        return !call.op().equals(Branch.PRE_COMMIT)
                ? call
                : new BranchCall(
                        call.gid(),
                        Branch.preCommitId(call.branch()),
                        call.op(),
                        call.attempt(),
                        call.fence(),
                        call.pattern(),
                        call.createdAt(),
                        call.target(),
                        call.request(),
                        call.timeout(),
                        call.permit(),
                        call.callersTrace(),
                        call.trace(),
                        call.submitter(),
                        call.join());
    }

    private static KillPoint point(Role role) {
        return switch (role) {
            case FORWARD -> KillPoint.CALL_FORWARD;
            case COMPLETION -> KillPoint.CALL_COMPLETION;
            case UNDO -> KillPoint.CALL_UNDO;
        };
    }

    private static Role role(String op) {
        return switch (op) {
            case "action", "try", "prepare", "pre_commit", "deliver", "check" -> Role.FORWARD;
            case "confirm", "commit" -> Role.COMPLETION;
            case "compensate", "cancel", "rollback" -> Role.UNDO;
            default -> throw new IllegalArgumentException("unknown operation " + op);
        };
    }

    private void send(BranchCall call, Role role, Consumer<Outcome> answer) {
        long callId = random.nextLong();
        long from = incarnation.getAsLong();
        Consumer<Outcome> once = new Consumer<>() {
            @Override
            public void accept(Outcome outcome) {
                process.run(() -> {
                    if (inFlight.remove(this)) {
                        context.reference.answered(from, call, outcome);
                        answer.accept(outcome);
                    }
                });
            }
        };
        inFlight.add(once);
        context.time.after(call.timeout(), () -> once.accept(new Outcome.Unknown("no answer in time", null)));
        if (context.silent.swallows(call)) {
            return;
        }
        arriveAfter(ExtraCases.delay(context, call, usual()), call, role, callId, once);
        if (random.nextInt(20) == 0) {
            // a duplicate in transit, possibly much later
            arriveAfter(Duration.ofMillis(random.nextInt(20_000)), call, role, callId, _ -> {});
        }
    }

    private void arriveAfter(Duration delay, BranchCall call, Role role, long callId, Consumer<Outcome> answer) {
        if (random.nextInt(40) == 0) {
            return;
        }
        boolean isLate = random.nextInt(10) == 0;
        context.time.after(isLate ? call.timeout().multipliedBy(1 + random.nextInt(4)) : delay, () -> {
            context.service.execute(call, role, callId, outcome -> {
                if (random.nextInt(30) != 0) {
                    context.time.after(usual(), () -> answer.accept(outcome));
                }
            });
        });
    }

    private Duration usual() {
        return Duration.ofMillis(1 + random.nextInt(random.nextInt(10) == 0 ? 800 : 15));
    }
}
