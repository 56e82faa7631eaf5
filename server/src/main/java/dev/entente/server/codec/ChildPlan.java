package dev.entente.server.codec;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.entente.core.codec.UnreadableRow;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Pattern;
import dev.entente.v1.Message;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.PlanOrBuilder;
import dev.entente.v1.SagaStep;
import java.util.List;
import java.util.Map;

/**
 * The plans of child transactions, which are steps of other transactions. A notification's plan is built from the
 * step's operation with its bindings filled in. A message's plan is the operation's body, as submitted.
 */
public final class ChildPlan {
    private ChildPlan() {}

    /** Encodes the child plan of a message step: the message, with the parent's defaults for its deliveries. */
    static ByteString body(PlanOrBuilder parent, SagaStep step) {
        Plan.Builder body = Plan.newBuilder().setMessage(step.getMessage());
        return PlanBytes.encode(
                parent.hasDefaults() ? body.setDefaults(parent.getDefaults()).build() : body.build());
    }

    /**
     * Returns the message in an operation's body; an empty message if the body is not stored.
     *
     * @param showsPayloads whether to include bodies, headers and keys
     */
    public static Message message(ByteString body, boolean showsPayloads) {
        Message message = parse(body).getMessage();
        if (showsPayloads) {
            return message;
        }
        return Operations.map(message, "message", (operation, _) -> bare(operation));
    }

    private static Operation bare(Operation operation) {
        Operation.Builder bare = operation.toBuilder().clearBody();
        if (bare.hasHttp()) {
            bare.getHttpBuilder().clearHeaders();
        }
        if (bare.hasKafka()) {
            bare.getKafkaBuilder().clearKey().clearHeaders();
        }
        return bare.build();
    }

    /** Returns the plan of a step's message, for checks before the parent is accepted. */
    static Plan submitted(PlanOrBuilder parent, SagaStep step) {
        return parse(body(parent, step)).toBuilder().setName(step.getId()).build();
    }

    /**
     * Returns the child's plan, named after the branch, with its parent's labels.
     *
     * @param request with its bindings filled in
     */
    static Plan of(Map<String, String> labels, Branch branch, ByteString request) {
        Plan.Builder plan = branch.forward().child() == Pattern.MESSAGE
                ? parse(request).toBuilder()
                : notification(branch, request);
        return plan.setName(branch.id()).putAllLabels(labels).build();
    }

    private static Plan.Builder notification(Branch branch, ByteString request) {
        var called = branch.forward();
        var deliver = new dev.entente.core.transaction.Operation(called.target(), request, List.of(), called.policy());
        Branch delivery = new Branch(Branch.DELIVER, null, deliver, null, null, List.of(), Branch.Commitment.NONE);
        var plan = new dev.entente.core.transaction.Plan(
                Pattern.NOTIFICATION, branch.id(), Map.of(), null, null, null, List.of(delivery));
        return PlanWriter.shown("", plan, true).toBuilder();
    }

    /** Returns the plan of a message to one subscriber, to check its delivery like a delivery in a message. */
    static Plan ofSubscription(Operation deliver) {
        return Plan.newBuilder()
                .setName("subscription")
                .setMessage(Message.newBuilder().addDeliveries(deliver))
                .build();
    }

    private static Plan parse(ByteString body) {
        try {
            return Plan.parseFrom(body);
        } catch (InvalidProtocolBufferException e) {
            throw new UnreadableRow("the stored plan of a step is damaged: " + e.getMessage(), e);
        }
    }
}
