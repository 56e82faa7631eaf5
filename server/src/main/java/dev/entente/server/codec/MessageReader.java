package dev.entente.server.codec;

import com.google.protobuf.DurationOrBuilder;
import dev.entente.core.plan.Findings;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.MessageTerms;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Role;
import dev.entente.stored.v1.FannedOut;
import dev.entente.stored.v1.StoredPlan;
import dev.entente.v1.CheckBackPolicy;
import dev.entente.v1.Message;
import dev.entente.v1.OperationOrBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads the deliveries, the check-back and the terms of a message. Used once, by one thread. */
final class MessageReader {
    private static final int CHECK_BACK_PLACE = -1;

    private final Message message;
    private final StoredPlan ours;
    private final OperationReader operations;
    private final Findings findings;

    /** @param ours the additions of the accepting write: the subscribers of topics */
    MessageReader(Message message, StoredPlan ours, OperationReader operations, Findings findings) {
        this.message = message;
        this.ours = ours;
        this.operations = operations;
        this.findings = findings;
    }

    /** Returns the check-back and the deliveries. Deliveries are concurrent: none waits for another receiver. */
    List<Branch> deliveries() {
        if (PlanReader.hasUnknown(message)) {
            findings.add(PlanReader.unknown(message, "plan.message"));
        }
        var deliveries = message.getDeliveriesList();
        List<Branch> branches = new ArrayList<>(deliveries.size() + 1);
        List<String> after = List.of();
        if (message.hasCheckBack()) {
            branches.add(checkBack());
            after = List.of(Branch.CHECK_BACK);
        }
        for (int i = 0; i < deliveries.size(); i++) {
            String id = i < ours.getDeliveryCount() ? ours.getDelivery(i) : Branch.DELIVERY + (i + 1);
            if (deliveries.get(i).hasTopic()) {
                subscribers(deliveries.get(i), i, id, after, branches);
            } else {
                Operation delivery = operations.read(deliveries.get(i), Pattern.MESSAGE, i, Role.FORWARD);
                branches.add(new Branch(id, null, delivery, null, null, after, Branch.Commitment.NONE));
            }
        }
        return List.copyOf(branches);
    }

    /** Adds one branch per subscriber. A topic has no subscribers before the message is accepted. */
    private void subscribers(
            OperationOrBuilder event, int index, String id, List<String> after, List<Branch> branches) {
        for (FannedOut found : ours.getFanOutList()) {
            if (found.getTopic().equals(event.getTopic())) {
                Operation delivery =
                        operations.read(PlanBytes.delivery(found, event), Pattern.MESSAGE, index, Role.FORWARD);
                String name = id + "." + found.getSubscriber();
                branches.add(new Branch(name, null, delivery, null, null, after, Branch.Commitment.NONE));
            }
        }
    }

    /** Returns the check-back, which is the pivot: after a positive response the message can only complete. */
    private Branch checkBack() {
        Operation check = operations.read(message.getCheckBack(), Pattern.MESSAGE, CHECK_BACK_PLACE, Role.FORWARD);
        CheckBackPolicy requested = message.getCheckBackPolicy();
        Duration every = checkBackTime(requested.hasEvery() ? requested.getEvery() : null, "every");
        int limit = requested.getLimit() == 0 ? CallPolicy.CHECK_BACK_ATTEMPTS : requested.getLimit();
        CallPolicy policy = check.policy().withMaxAttempts(limit).withSchedule(List.of(every));
        Operation asking = new Operation(check.target(), check.body(), check.bindings(), policy);
        return new Branch(Branch.CHECK_BACK, null, asking, null, null, List.of(), Branch.Commitment.PIVOT);
    }

    MessageTerms terms() {
        Map<String, String> topics = topics();
        String key = message.getOrderingKey();
        if (!message.hasCheckBack()) {
            return topics.isEmpty() && key.isEmpty() ? MessageTerms.NONE : new MessageTerms(null, topics, key);
        }
        CheckBackPolicy requested = message.getCheckBackPolicy();
        if (PlanReader.hasUnknown(requested)) {
            findings.add(PlanReader.unknown(requested, "plan.message.check_back_policy"));
        }
        Duration first = checkBackTime(requested.hasFirstAfter() ? requested.getFirstAfter() : null, "first_after");
        return new MessageTerms(first, topics, key);
    }

    private Map<String, String> topics() {
        Map<String, String> topics = new TreeMap<>();
        for (int i = 0; i < message.getDeliveriesCount(); i++) {
            OperationOrBuilder delivery = message.getDeliveries(i);
            if (delivery.hasTopic()) {
                topics.put(Branch.DELIVERY + (i + 1), delivery.getTopic());
            }
        }
        return topics;
    }

    private Duration checkBackTime(@Nullable DurationOrBuilder requested, String field) {
        Duration read = requested == null
                ? null
                : PolicyReader.duration(requested, "plan.message.check_back_policy." + field, findings);
        return read == null ? CallPolicy.CHECK_BACK_EVERY : read;
    }
}
