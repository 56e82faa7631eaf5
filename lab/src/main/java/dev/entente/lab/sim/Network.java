package dev.entente.lab.sim;

import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.Participants;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.Role;
import java.time.Duration;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** The way from one process to the participants: calls are slow, lost, doubled, or arrive long after nobody waits for them any more. */
final class Network implements Participants {
    private final VirtualTime time;
    private final Host process;
    private final Service service;
    private final Crasher crasher;
    private final Judge judge;
    private final Random random;
    private final LongSupplier incarnation;

    Network(
            VirtualTime time,
            Host process,
            Service service,
            Crasher crasher,
            Judge judge,
            Random random,
            LongSupplier incarnation) {
        this.time = time;
        this.process = process;
        this.service = service;
        this.crasher = crasher;
        this.judge = judge;
        this.random = random;
        this.incarnation = incarnation;
    }

    @Override
    public void call(BranchCall call, Consumer<Outcome> answer) {
        if (process.isDead()) {
            return;
        }
        Role role = role(call.op());
        crasher.pass(point(role), () -> {
            judge.called(incarnation.getAsLong(), call, role);
            send(call, role, answer);
            return true;
        });
    }

    private static FaultPoint point(Role role) {
        return switch (role) {
            case FORWARD -> FaultPoint.CALL_FORWARD;
            case COMPLETION -> FaultPoint.CALL_COMPLETION;
            case UNDO -> FaultPoint.CALL_UNDO;
        };
    }

    private static Role role(String op) {
        return switch (op) {
            case "action", "try" -> Role.FORWARD;
            case "confirm" -> Role.COMPLETION;
            case "compensate", "cancel" -> Role.UNDO;
            default -> throw new IllegalArgumentException("no operation is called " + op);
        };
    }

    private void send(BranchCall call, Role role, Consumer<Outcome> answer) {
        long callId = random.nextLong();
        long from = incarnation.getAsLong();
        boolean[] isAnswered = {false};
        Consumer<Outcome> once = outcome -> process.run(() -> {
            if (!isAnswered[0]) {
                isAnswered[0] = true;
                judge.answered(from, call, role);
                answer.accept(outcome);
            }
        });
        time.after(call.timeout(), () -> once.accept(new Outcome.Unknown("no answer in time", null)));
        arriveAfter(usual(), call, role, callId, once);
        if (random.nextInt(20) == 0) {
            // a duplicate on the way, perhaps much later
            arriveAfter(Duration.ofMillis(random.nextInt(20_000)), call, role, callId, _ -> {});
        }
    }

    private void arriveAfter(Duration delay, BranchCall call, Role role, long callId, Consumer<Outcome> answer) {
        if (random.nextInt(40) == 0) {
            return;
        }
        boolean isLate = random.nextInt(10) == 0;
        time.after(isLate ? call.timeout().multipliedBy(1 + random.nextInt(4)) : delay, () -> {
            service.execute(call, role, callId, outcome -> {
                if (random.nextInt(30) != 0) {
                    time.after(usual(), () -> answer.accept(outcome));
                }
            });
        });
    }

    private Duration usual() {
        return Duration.ofMillis(1 + random.nextInt(random.nextInt(10) == 0 ? 800 : 15));
    }
}
