package dev.entente.outbox.contract;

import dev.entente.outbox.Carrier;
import dev.entente.outbox.Delivery;
import dev.entente.outbox.OutboxMessage;
import dev.entente.outbox.OutgoingMessage;
import dev.entente.outbox.contract.CarrierFinding.Verdict;
import dev.entente.outbox.contract.ContractReceiver.Behaviour;
import dev.entente.outbox.contract.ContractReceiver.Taken;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Tests a carrier's promises, on which relays rely, with a real receiver that hangs, fails, refuses and is unavailable.
 *
 * <pre>{@code
 * List<CarrierFinding> findings = new CarrierContract(carrier, receiver, Duration.ofSeconds(2)).check();
 * assertThat(findings).noneMatch(finding -> finding.verdict() == CarrierFinding.Verdict.BROKEN);
 * }</pre>
 *
 * <p>Immutable. Run one check at a time, because a check controls the receiver's behaviour.
 */
public final class CarrierContract {
    private static final int MANY = 50;
    private static final int SMALL = 200;
    /** A plan has an envelope, a broker's message has headers. */
    private static final int LARGEST = OutboxMessage.MAX_PAYLOAD_BYTES - 1024;

    private final Carrier carrier;
    private final ContractReceiver receiver;
    private final Duration within;
    private final String prefix = "contract-" + UUID.randomUUID() + "-";

    /** @param within of each attempt, some seconds; an attempt with an immediate answer may take ten times as long */
    public CarrierContract(Carrier carrier, ContractReceiver receiver, Duration within) {
        this.carrier = carrier;
        this.receiver = receiver;
        this.within = within;
    }

    /** Checks all promises. Blocks for a few times the time of one attempt. */
    public List<CarrierFinding> check() {
        List<CarrierFinding> findings = new ArrayList<>();
        findings.add(on(Behaviour.TAKE, CarrierPromise.DELIVERS_WHAT_IT_WAS_GIVEN, () -> arrives("small", SMALL)));
        findings.add(on(Behaviour.TAKE, CarrierPromise.CARRIES_THE_LARGEST, () -> arrives("large", LARGEST)));
        findings.add(on(Behaviour.TAKE, CarrierPromise.REPEATS_UNDER_THE_SAME_ID, this::repeats));
        findings.add(on(Behaviour.HANG, CarrierPromise.STARTS_WITHOUT_BLOCKING, this::startsWithoutBlocking));
        findings.add(on(Behaviour.HANG, CarrierPromise.ENDS_IN_TIME, () -> isUnanswered("hang")));
        findings.add(on(Behaviour.FAIL, CarrierPromise.REPORTS_A_TEMPORARY_FAILURE, () -> isUnanswered("fail")));
        findings.add(on(Behaviour.REFUSE, CarrierPromise.REPORTS_A_REFUSAL, this::isRefused));
        findings.add(on(Behaviour.BE_AWAY, CarrierPromise.SURVIVES_AN_ABSENT_RECEIVER, this::survivesAbsence));
        findings.add(on(Behaviour.TAKE, CarrierPromise.KEEPS_ORDER, this::keepsOrder));
        findings.add(on(Behaviour.HANG, CarrierPromise.DELIVERS_MANY_AT_ONCE, this::deliversMany));
        findings.add(on(Behaviour.REFUSE, CarrierPromise.KEEPS_PAYLOADS_OUT_OF_ERRORS, this::keepsPayloadsOut));
        receiver.behave(Behaviour.TAKE);
        return List.copyOf(findings);
    }

    /** Returns the problem; empty if there is none. */
    private interface Check {
        String problem();
    }

    private CarrierFinding on(Behaviour behaviour, CarrierPromise promise, Check check) {
        if (!receiver.behave(behaviour)) {
            return new CarrierFinding(promise, Verdict.NOT_CHECKED, "the receiver cannot " + behaviour);
        }
        String problem;
        try {
            problem = check.problem();
        } catch (RuntimeException defect) {
            problem = "the carrier threw " + defect;
        }
        return problem.isEmpty()
                ? new CarrierFinding(promise, Verdict.KEPT, "")
                : new CarrierFinding(promise, Verdict.BROKEN, problem);
    }

    private String arrives(String name, int payloadBytes) {
        OutgoingMessage message = receiver.message(prefix + name, 0, payloadBytes, Map.of());
        Delivery delivery = answered(message);
        if (!(delivery instanceof Delivery.Delivered)) {
            return "the receiver takes messages, but the carrier reported " + delivery;
        }
        List<Taken> taken = taken(message.id());
        if (taken.size() != 1) {
            return "the carrier reported delivered, but the receiver has the message " + taken.size() + " times";
        }
        if (!Arrays.equals(taken.get(0).payload(), message.payload())) {
            return "the payload arrived changed";
        }
        return "";
    }

    private String repeats() {
        String id = prefix + "again";
        for (int attempt = 0; attempt < 2; attempt++) {
            Delivery delivery = answered(receiver.message(id, attempt, SMALL, Map.of()));
            if (!(delivery instanceof Delivery.Delivered)) {
                return "attempt " + (attempt + 1) + " ended as " + delivery;
            }
        }
        List<String> attempts = taken(id).stream()
                .map(taken -> taken.metadata().getOrDefault("entente-attempt", ""))
                .toList();
        boolean isPlan = attempts.stream().allMatch(String::isEmpty); // only the gid of a plan is known
        return isPlan || attempts.equals(List.of("1", "2"))
                ? ""
                : "the receiver got attempts " + attempts + " instead of 1 and 2";
    }

    private String startsWithoutBlocking() {
        CompletableFuture<Delivery> attempt = carrier.deliver(message("blocking"), within);
        return attempt.isDone() ? "the carrier returned only after the end of the attempt" : "";
    }

    private String isUnanswered(String name) {
        Delivery delivery = ended(carrier.deliver(message(name), within), within);
        return delivery instanceof Delivery.Unanswered
                ? ""
                : "the carrier reported " + delivery + " instead of unanswered";
    }

    private String isRefused() {
        Delivery delivery = answered(message("refused"));
        return delivery instanceof Delivery.Refused ? "" : "the carrier reported " + delivery + " instead of refused";
    }

    private String survivesAbsence() {
        String problem = isUnanswered("away");
        receiver.behave(Behaviour.TAKE);
        long end = System.nanoTime() + timeout().toNanos();
        int attempt = 0;
        while (problem.isEmpty()) {
            Delivery delivery = ended(carrier.deliver(message("back-" + attempt++), within), within);
            if (delivery instanceof Delivery.Delivered) {
                return "";
            }
            if (System.nanoTime() - end > 0) {
                return "the receiver is available again, but the carrier still reports " + delivery;
            }
        }
        return problem;
    }

    private String keepsOrder() {
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            OutgoingMessage message = message("order-" + i);
            sent.add(message.id());
            Delivery delivery = answered(message);
            if (!(delivery instanceof Delivery.Delivered)) {
                return "message " + i + " ended as " + delivery;
            }
        }
        List<String> taken = receiver.taken().stream()
                .map(Taken::id)
                .filter(id -> id.startsWith(prefix + "order-"))
                .toList();
        return taken.equals(sent) ? "" : "the messages arrived as " + taken;
    }

    /** Leaves one attempt hanging. Starts the others together after the receiver accepts messages again. */
    private String deliversMany() {
        CompletableFuture<Delivery> hanging = carrier.deliver(message("many-hanging"), within.multipliedBy(MANY));
        receiver.behave(Behaviour.TAKE);
        List<CompletableFuture<Delivery>> attempts = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            attempts.add(carrier.deliver(message("many-" + i), timeout()));
        }
        for (CompletableFuture<Delivery> attempt : attempts) {
            Delivery delivery = ended(attempt, timeout());
            if (!(delivery instanceof Delivery.Delivered)) {
                return "one of " + MANY + " at once ended as " + delivery;
            }
        }
        hanging.cancel(true);
        for (int i = 0; i < MANY; i++) {
            int times = taken(prefix + "many-" + i).size();
            if (times != 1) {
                return "the receiver has one of " + MANY + " " + times + " times";
            }
        }
        return "";
    }

    private String keepsPayloadsOut() {
        OutgoingMessage message = message("secret");
        Delivery delivery = answered(message);
        String error = delivery.toString();
        String payload = new String(message.payload(), StandardCharsets.ISO_8859_1);
        String piece = payload.substring(payload.length() - 32);
        return error.contains(piece) ? "the error contains a part of the payload" : "";
    }

    private OutgoingMessage message(String name) {
        return receiver.message(prefix + name, 0, SMALL, Map.of());
    }

    private List<Taken> taken(String id) {
        return receiver.taken().stream().filter(taken -> taken.id().equals(id)).toList();
    }

    /** Waits long for an immediate answer, because timing on an overloaded machine proves nothing. */
    private Delivery answered(OutgoingMessage message) {
        return ended(carrier.deliver(message, timeout()), timeout());
    }

    private Duration timeout() {
        return within.multipliedBy(10);
    }

    /** Treats an attempt as a relay does: a failure is unanswered, and an attempt without an end is a defect. */
    private Delivery ended(CompletableFuture<Delivery> attempt, Duration limit) {
        try {
            return attempt.get(3 * limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException failed) {
            return new Delivery.Unanswered(String.valueOf(failed.getCause()), Duration.ZERO);
        } catch (TimeoutException late) {
            throw new IllegalStateException(
                    "an attempt of " + limit + " had not ended after three times as long", late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }
}
