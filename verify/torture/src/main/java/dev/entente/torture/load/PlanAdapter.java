package dev.entente.torture.load;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.entente.torture.machine.Ledger;
import dev.entente.torture.machine.TortureRig;
import dev.entente.v1.Binding;
import dev.entente.v1.HttpCall;
import dev.entente.v1.Message;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import dev.entente.v1.TccBranch;
import dev.entente.v1.XaBranch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import torture.v1.LedgerServiceGrpc;
import torture.v1.MoveRequest;
import torture.v1.MoveResponse;

/**
 * The adaptation of a drawn plan to the ledgers: each branch gets a ledger, a protocol and an amount, each operation a
 * request. Branches that can be undone, or are decided together, move money; the amounts of a plan add up to zero. Used
 * by one thread.
 */
final class PlanAdapter {
    private static final String MOVE = LedgerServiceGrpc.getMoveMethod().getFullMethodName();
    private static final String SETTLE = LedgerServiceGrpc.getSettleMethod().getFullMethodName();
    private static final String RECEIPT = "/receipt";
    private static final int MAX_CENTS = 500;
    private static final int QUEUES = 8;

    private final Random random;
    private final Plan drawn;
    private final DrawnResponses answers;
    private final Map<String, Endpoint> endpoints = new HashMap<>();
    private int forwards;

    /** The participant of a branch. */
    private record Endpoint(String ledger, boolean isWeb) {}

    PlanAdapter(Plan drawn, DrawnResponses answers, Random random) {
        this.drawn = drawn;
        this.answers = answers;
        this.random = random;
    }

    DrawnResponses answers() {
        return answers;
    }

    /** Returns the plan with this gid. */
    Plan fit(String gid) {
        Plan.Builder plan = drawn.toBuilder().setGid(gid);
        switch (drawn.getPatternCase()) {
            case SAGA -> saga(plan);
            case TCC -> tcc(plan);
            case TWO_PHASE -> twoPhase(plan);
            case MESSAGE -> message(plan.getMessageBuilder(), true);
            case NOTIFICATION ->
                plan.getNotificationBuilder()
                        .setDeliver(reported(plan.getNotification().getDeliver(), endpoint(true)));
            case PATTERN_NOT_SET -> throw new IllegalArgumentException("the plan has no pattern");
        }
        return plan.build();
    }

    private Endpoint endpoint(boolean mayBeWeb) {
        return new Endpoint(TortureRig.LEDGERS.get(random.nextInt(2)), mayBeWeb && random.nextInt(5) == 0);
    }

    /** Returns random amounts that add up to zero. */
    private List<Long> amounts(int count) {
        List<Long> amounts = new ArrayList<>();
        long left = 0;
        for (int i = 1; i < count; i++) {
            long cents = 1L + random.nextInt(MAX_CENTS);
            amounts.add(random.nextBoolean() ? cents : -cents);
            left -= amounts.getLast();
        }
        amounts.add(left);
        return amounts;
    }

    // ---- sagas

    private void saga(Plan.Builder plan) {
        List<SagaStep> steps = drawn.getSaga().getStepsList();
        List<Long> amounts =
                amounts((int) steps.stream().filter(PlanAdapter::moves).count());
        steps.forEach(step -> endpoints.put(step.getId(), endpoint(true)));
        boolean isPastPivot = false;
        int mover = 0;
        plan.getSagaBuilder().clearSteps();
        for (SagaStep step : steps) {
            long cents = moves(step) ? amounts.get(mover++) : 0;
            isPastPivot |= step.getPivot();
            plan.getSagaBuilder().addSteps(step(step, cents, parks(step, isPastPivot)));
        }
    }

    private static boolean moves(SagaStep step) {
        return step.hasAction() && step.hasCompensate();
    }

    /**
     * Returns the reason for which a refusal parks; empty if it starts the compensation. Steps after the pivot in the
     * list may follow it in the graph. An unreliable refusal of the pivot parks, too.
     */
    private static String parks(SagaStep step, boolean isPastPivot) {
        return step.getRetriable() ? "RETRIABLE_REFUSED" : isPastPivot ? "FORWARD_REFUSED_PAST_PIVOT" : "";
    }

    private SagaStep step(SagaStep step, long cents, String parks) {
        Endpoint endpoint = endpoints.getOrDefault(step.getId(), endpoint(true));
        SagaStep.Builder fitted = step.toBuilder();
        MoveRequest.Builder forward = answers.forward(forwards++, step.hasAction() ? parks : "");
        if (step.hasAction()) {
            fitted.setAction(bound(step.getAction(), endpoint, MOVE, worth(forward, cents)));
        } else if (step.hasMessage()) {
            message(fitted.getMessageBuilder(), false);
        } else if (step.hasNotification()) {
            fitted.getNotificationBuilder()
                    .setDeliver(reported(step.getNotification().getDeliver(), endpoint));
        }
        if (step.hasCompensate()) {
            MoveRequest.Builder undo = answers.settling(moves(step) ? "UNDO_REFUSED" : "");
            fitted.setCompensate(bound(step.getCompensate(), endpoint, MOVE, undo.build()));
        }
        return fitted.build();
    }

    private Operation reported(Operation drawnCall, Endpoint endpoint) {
        return bound(drawnCall, endpoint, MOVE, worth(answers.reported(), 0));
    }

    // ---- TCC and two-phase

    private void tcc(Plan.Builder plan) {
        List<Long> amounts = amounts(drawn.getTcc().getBranchesCount());
        plan.getTccBuilder().clearBranches();
        for (TccBranch branch : drawn.getTcc().getBranchesList()) {
            String path = DrawnShape.path(branch);
            Endpoint endpoint = endpoint(true);
            endpoints.put(path, endpoint);
            long cents = amounts.get(forwards);
            plan.getTccBuilder()
                    .addBranches(branch.toBuilder()
                            .setTry(bound(
                                    branch.getTry(), endpoint, MOVE, worth(answers.forward(forwards++, ""), cents)))
                            .setConfirm(confirmed(branch.getConfirm(), path, endpoint))
                            .setCancel(bound(
                                    branch.getCancel(),
                                    endpoint,
                                    MOVE,
                                    answers.bearable().build())));
        }
    }

    /** Returns a confirm that sends the receipt of its own try. */
    private Operation confirmed(Operation drawnCall, String path, Endpoint endpoint) {
        MoveRequest request = answers.settling("COMPLETION_REFUSED").build();
        Binding own = Binding.newBuilder().setFrom(path).build();
        return bound(drawnCall, endpoint, MOVE, request).toBuilder()
                .addBind(receipt(own, endpoint.isWeb()))
                .build();
    }

    private void twoPhase(Plan.Builder plan) {
        List<Long> amounts = amounts(drawn.getTwoPhase().getBranchesCount());
        plan.getTwoPhaseBuilder().clearBranches();
        for (XaBranch branch : drawn.getTwoPhase().getBranchesList()) {
            Endpoint endpoint = endpoint(false);
            long cents = amounts.get(plan.getTwoPhase().getBranchesCount());
            XaBranch.Builder fitted = branch.toBuilder()
                    .setPrepare(
                            bound(branch.getPrepare(), endpoint, SETTLE, worth(answers.forward(forwards++, ""), cents)))
                    .setCommit(bound(
                            branch.getCommit(),
                            endpoint,
                            SETTLE,
                            answers.bearable().build()))
                    .setRollback(bound(
                            branch.getRollback(),
                            endpoint,
                            SETTLE,
                            answers.bearable().build()));
            if (branch.hasPreCommit()) {
                fitted.setPreCommit(bound(
                        branch.getPreCommit(),
                        endpoint,
                        SETTLE,
                        answers.forward(forwards++, "").build()));
            }
            plan.getTwoPhaseBuilder().addBranches(fitted);
        }
    }

    // ---- messages

    /** Fits a message. Some deliveries go to a topic, which both ledgers receive: one pays the amount to the other. */
    private void message(Message.Builder message, boolean isOrdered) {
        List<Operation> deliveries = message.getDeliveriesList();
        // the ledgers' topic may occur once per plan
        int event = random.nextInt(4) == 0 ? random.nextInt(deliveries.size()) : -1;
        List<Long> amounts = amounts(deliveries.size() - (event < 0 ? 0 : 1));
        message.clearDeliveries();
        for (Operation delivery : deliveries) {
            boolean isTopic = message.getDeliveriesCount() == event;
            long cents = isTopic ? random.nextInt(MAX_CENTS) : amounts.removeFirst();
            MoveRequest request = worth(answers.bearable(), cents);
            message.addDeliveries(
                    isTopic
                            ? delivery.toBuilder()
                                    .setTopic(Fleet.TOPIC)
                                    .setRaw(request.toByteString())
                                    .build()
                            : bound(delivery, endpoint(true), MOVE, request));
        }
        boolean isInQueue = isOrdered && !message.getOrderingKey().isEmpty();
        message.setOrderingKey(isInQueue ? "drawn-" + random.nextInt(QUEUES) : "");
    }

    // ---- operations

    private MoveRequest worth(MoveRequest.Builder request, long cents) {
        return Workload.request(random, cents, request);
    }

    private Operation bound(Operation drawnCall, Endpoint endpoint, String method, MoveRequest request) {
        Operation.Builder operation = drawnCall.toBuilder().clearBind();
        if (endpoint.isWeb()) {
            operation
                    .setHttp(HttpCall.newBuilder()
                            .setParticipant(Ledger.web(endpoint.ledger()))
                            .setMethod("POST")
                            .setPath("/move"))
                    .setRaw(ByteString.copyFromUtf8(json(request)));
        } else {
            operation.setGrpc(endpoint.ledger() + "/" + method).setRaw(request.toByteString());
        }
        drawnCall.getBindList().stream()
                .filter(bind -> isSameWay(bind, endpoint))
                .forEach(bind -> operation.addBind(receipt(bind, endpoint.isWeb())));
        return operation.build();
    }

    /** Returns whether both use the same protocol: nothing is bound between gRPC and HTTP. */
    private boolean isSameWay(Binding bind, Endpoint endpoint) {
        Endpoint from = endpoints.get(bind.getFrom());
        return from != null && from.isWeb() == endpoint.isWeb();
    }

    private static Binding receipt(Binding bind, boolean isWeb) {
        return bind.toBuilder()
                .setFromPath(isWeb ? RECEIPT : Integer.toString(MoveResponse.RECEIPT_FIELD_NUMBER))
                .setToPath(isWeb ? RECEIPT : Integer.toString(MoveRequest.RECEIPT_FIELD_NUMBER))
                .build();
    }

    private static String json(MoveRequest request) {
        try {
            return JsonFormat.printer().print(request);
        } catch (InvalidProtocolBufferException impossible) {
            throw new IllegalStateException("no JSON for " + request, impossible);
        }
    }
}
